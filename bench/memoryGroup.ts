import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A memory cgroup of its own for one process (https://docs.kernel.org/admin-guide/cgroup-v2.html,
 * or version 1).
 */
export interface MemoryGroup {
  /** Words that start a command in the group, before the words of the command. */
  readonly enter: readonly string[];
  /** Lifts the limit: what the process takes from then on is what it needs. */
  lift(): void;
  /** The most memory that the group ever had, page cache and kernel memory included, in bytes. */
  peakBytes(): number;
  /** Removes the group; its processes must have ended. */
  close(): void;
}

interface Version {
  readonly root: string;
  readonly limit: string;
  readonly peak: string;
  readonly unlimited: string;
}

const V1: Version = {
  root: '/sys/fs/cgroup/memory',
  limit: 'memory.limit_in_bytes',
  peak: 'memory.max_usage_in_bytes',
  unlimited: '-1',
};
const V2: Version = {
  root: '/sys/fs/cgroup',
  limit: 'memory.max',
  peak: 'memory.peak',
  unlimited: 'max',
};

/** Undefined where this process may not create a group. */
export function openMemoryGroup(name: string, limitBytes: number): MemoryGroup | undefined {
  const version = existsSync(join(V1.root, V1.limit)) ? V1 : V2;
  const folder = join(version.root, name);
  const setLimit = (value: string): void => writeFileSync(join(folder, version.limit), value);
  try {
    mkdirSync(folder);
    setLimit(String(limitBytes));
  } catch {
    return undefined; // no cgroup file system, or no right to write to it
  }
  return {
    enter: ['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', folder],
    lift: () => setLimit(version.unlimited),
    peakBytes: () => Number(readFileSync(join(folder, version.peak), 'utf8')),
    close: () => rmdirSync(folder),
  };
}
