import { open, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '../../faults.ts';
import { CommandError } from '../command/exit.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** The destination of an archive. */
export interface ArchiveOutput {
  /** The name for messages to the user. */
  readonly name: string;
  /**
   * Writes lines, and resolves when they are durable.
   * @throws {CommandError} when not all of them were written
   */
  write(lines: readonly Buffer[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Creates a file that only its owner may read. A file that stays empty is removed at the end.
 * @throws {CommandError} when the file exists, or cannot be created
 */
export async function createArchiveFile(path: string): Promise<ArchiveOutput> {
  try {
    return archiveTo(path, await create(path));
  } catch (cause) {
    const exists = codeOf(cause) === 'EEXIST';
    const reason = exists ? `${path} exists; name a new file` : cannotCreate(path, cause);
    throw new CommandError(`--file: ${reason}`, { cause });
  }
}

/**
 * Creates a file with a new name in a folder, such as `discarded-2026-11-30T001709Z.jsonl`. See
 * `createArchiveFile`.
 * @throws {CommandError} when the file cannot be created
 */
export async function createArchiveIn(folder: string, nowMs: number): Promise<ArchiveOutput> {
  const time = new Date(nowMs).toISOString().replace(/\.\d+/, '').replaceAll(':', '');
  for (let number = 1; ; number++) {
    const path = join(folder, `discarded-${time}${number === 1 ? '' : `-${number}`}.jsonl`);
    try {
      return archiveTo(path, await create(path));
    } catch (cause) {
      if (codeOf(cause) === 'EEXIST') continue;
      throw new CommandError(`--archive-folder: ${cannotCreate(path, cause)}`, { cause });
    }
  }
}

function archiveTo(path: string, file: FileHandle): ArchiveOutput {
  let sizeBytes = 0;
  return {
    name: path,
    async write(lines) {
      const bytes = Buffer.concat(lines);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } catch (cause) {
        // An incomplete line would make the file invalid; its message is still in the queue.
        await file.truncate(sizeBytes).catch(() => {});
        throw cannotWrite(path, cause);
      }
      sizeBytes += bytes.length;
    },
    async close() {
      await file.close();
      if (sizeBytes === 0) await unlink(path).catch(() => {});
    },
  };
}

/** Standard output. What its reader does with the bytes is out of reach. */
export function archiveToStdout(terminal: Terminal): ArchiveOutput {
  return {
    name: 'standard output',
    async write(lines) {
      try {
        await terminal.write(Buffer.concat(lines));
        await terminal.sync();
      } catch (cause) {
        throw cannotWrite('standard output', cause);
      }
    },
    async close() {},
  };
}

async function create(path: string): Promise<FileHandle> {
  const file = await open(path, 'wx', 0o600);
  try {
    await syncDirectory(dirname(path));
    return file;
  } catch (error) {
    await file.close();
    await unlink(path).catch(() => {}); // the first error is reported
    throw error;
  }
}

function cannotCreate(path: string, cause: unknown): string {
  return `cannot create ${path}: ${messageOf(cause)}`;
}

/** Makes the name of a new file durable, where the directory may be opened and synchronised. */
async function syncDirectory(path: string): Promise<void> {
  try {
    await using directory = await open(path, 'r');
    await directory.sync();
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP'].includes(codeOf(error))) throw error;
  }
}

function cannotWrite(name: string, cause: unknown): CommandError {
  return new CommandError(`cannot write ${name}: ${messageOf(cause)}`, { cause });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
