import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A folder on a small separate disk, where the process may mount one. */
export interface SmallDisk {
  readonly folder: string;
  /**
   * False when the folder is on the disk for temporary files, because the process may not mount:
   * that requires root and, in a container, `CAP_SYS_ADMIN`.
   */
  readonly isSmall: boolean;
  remove(): Promise<void>;
}

export async function openSmallDisk(mebibytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-disk-'));
  const isSmall = await run('mount', [
    '-t',
    'tmpfs',
    '-o',
    `size=${mebibytes}m,mode=0700`,
    'asya',
    folder,
  ]).then(
    () => true,
    () => false,
  );
  return {
    folder,
    isSmall,
    async remove() {
      if (isSmall) await run('umount', [folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
