import { open, type FileHandle } from 'node:fs/promises';

const LINE_END = 0x0a;

/**
 * Reads a growing file line by line. Each call of the returned function reads the lines that were
 * appended since the last call. The file may not exist yet.
 */
export function createTail(path: string, onLine: (line: Buffer) => void): () => Promise<void> {
  let offset = 0;
  let rest: Buffer = Buffer.alloc(0);
  return async () => {
    const file = await openIfExists(path);
    if (file === undefined) return;
    try {
      const { size } = await file.stat();
      const chunk = Buffer.alloc(size - offset);
      const { bytesRead } = await file.read(chunk, 0, chunk.length, offset);
      offset += bytesRead;
      rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    } finally {
      await file.close();
    }
    for (let end = rest.indexOf(LINE_END); end >= 0; end = rest.indexOf(LINE_END)) {
      if (end > 0) onLine(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
    }
  };
}

async function openIfExists(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
