import { KIB } from '../../units.ts';
import type { RuntimeSocket } from '../socket/runtimeSocket.ts';

/** The size of one write. */
const PIECE_BYTES = 64 * KIB;

/** How much of a request the operating system has accepted. */
export type WriteProgress = 'none' | 'partial' | 'complete' | 'complete in one write';

/**
 * Writes a request in pieces. Each piece waits until the operating system has accepted the previous
 * one, so that an early answer is read before the rest of the request is written. No piece follows
 * a failed write.
 * @param onProgress called after each accepted piece
 */
export function writeRequest(
  socket: RuntimeSocket,
  buffers: readonly Buffer[],
  onProgress: (progress: WriteProgress) => void,
): void {
  const pieces = cutIntoPieces(buffers);
  let written = 0;
  const writeNext = (): void => {
    const piece = pieces[written++];
    if (piece === undefined) return;
    writePiece(socket, piece, () => {
      onProgress(progressAfter(written, pieces.length));
      writeNext();
    });
  };
  writeNext();
}

function progressAfter(writtenPieces: number, pieces: number): WriteProgress {
  if (writtenPieces < pieces) return 'partial';
  return pieces === 1 ? 'complete in one write' : 'complete';
}

/**
 * Writes the buffers of a piece with one system call at the end of the current turn of the event
 * loop, so that the runtime wakes up once.
 */
function writePiece(socket: RuntimeSocket, piece: readonly Buffer[], onAccepted: () => void): void {
  socket.cork();
  for (const buffer of piece.slice(0, -1)) socket.write(buffer);
  socket.write(piece.at(-1) ?? EMPTY, (error) => {
    const failure = error ?? socket.writes.error;
    if (failure === undefined) onAccepted();
  });
  process.nextTick(() => socket.uncork());
}

const EMPTY = Buffer.alloc(0);

/** Splits buffers into pieces of at most `PIECE_BYTES`, without copying. */
function cutIntoPieces(buffers: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const sizeBytes = buffers.reduce((sum, { length }) => sum + length, 0);
  if (sizeBytes <= PIECE_BYTES) return [buffers];
  const pieces: Buffer[][] = [];
  let piece: Buffer[] = [];
  let freeBytes = PIECE_BYTES;
  for (const buffer of buffers) {
    for (let at = 0; at < buffer.length;) {
      const part = buffer.subarray(at, at + freeBytes);
      piece.push(part);
      at += part.length;
      freeBytes -= part.length;
      if (freeBytes > 0) continue;
      pieces.push(piece);
      piece = [];
      freeBytes = PIECE_BYTES;
    }
  }
  return piece.length === 0 ? pieces : [...pieces, piece];
}
