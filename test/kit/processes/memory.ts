import { readFileSync } from 'node:fs';

/** Memory of a process, in bytes. */
export function rssOf(pid: number): number {
  return statusOf(pid, 'VmRSS');
}

/** The most memory that a process ever had, in bytes. */
export function peakRssOf(pid: number): number {
  return statusOf(pid, 'VmHWM');
}

function statusOf(pid: number, field: string): number {
  const [, kibibytes] =
    new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ??
    [];
  if (kibibytes === undefined) throw new Error(`there is no process ${pid}`);
  return Number(kibibytes) * 1024;
}
