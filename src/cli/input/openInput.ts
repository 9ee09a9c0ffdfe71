import { constants, createReadStream, openSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { MIB } from '../../units.ts';

/**
 * Opens a file for reading. A named pipe is opened without waiting for its writer: the wait would
 * block a thread, and a process cannot exit before its threads end.
 * @throws when the file cannot be opened
 */
export function openInput(path: string): Readable {
  if (!statSync(path).isFIFO()) return createReadStream(path, { highWaterMark: MIB });
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}
