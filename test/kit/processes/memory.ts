import { readFileSync } from 'node:fs';
import { KIB } from '../../../src/units.ts';

/** The resident memory of a process, in bytes. */
export function rssOf(pid: number): number {
  return statusOf(pid, 'VmRSS');
}

/** The peak resident memory of a process, in bytes. */
export function peakRssOf(pid: number): number {
  return statusOf(pid, 'VmHWM');
}

function statusOf(pid: number, field: string): number {
  const [, kibibytes] =
    new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ??
    [];
  if (kibibytes === undefined) throw new Error(`process ${pid} does not exist`);
  return Number(kibibytes) * KIB;
}
