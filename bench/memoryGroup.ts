import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A memory cgroup for one process, version 1 or 2
 * (https://docs.kernel.org/admin-guide/cgroup-v2.html).
 */
export interface MemoryGroup {
  /** The words before a command that start it in the group. */
  readonly commandPrefix: readonly string[];
  /** Removes the limit, so that the process can use as much memory as it needs. */
  removeLimit(): void;
  /** The peak of the group's memory in bytes, including page cache and kernel memory. */
  peakBytes(): number;
  /** Removes the group, whose processes must have ended. */
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

/** Returns undefined if this process may not create a group. */
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
    commandPrefix: ['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', folder],
    removeLimit: () => setLimit(version.unlimited),
    peakBytes: () => Number(readFileSync(join(folder, version.peak), 'utf8')),
    close: () => rmdirSync(folder),
  };
}
