import { readFileSync } from 'node:fs';

/** Memory of a process, in bytes. */
export function rssOf(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kibibytes === undefined) throw new Error(`there is no process ${pid}`);
  return Number(kibibytes) * 1024;
}
