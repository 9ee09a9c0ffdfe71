import type { RuntimeSocket } from './socket.ts';

/** How much of a request is handed to the system at once. */
const PIECE_BYTES = 64 * 1024;

/** How much of a request the system has taken. */
export type WriteProgress = 'nothing' | 'begun' | 'written' | 'written at once';

/**
 * Writes a request piece by piece: each piece waits until the system has taken the one before, and
 * none follows a write that has failed. So an answer that arrives early is read before the rest of
 * the request is written.
 * @param onProgress called each time that the system has taken a piece; not called after an error
 */
export function writeInPieces(
  socket: RuntimeSocket,
  buffers: readonly Buffer[],
  onProgress: (progress: WriteProgress) => void,
): void {
  const pieces = cutIntoPieces(buffers);
  let next = 0;
  const writeNext = (): void => {
    const piece = pieces[next++];
    if (piece === undefined) return;
    writePiece(socket, piece, () => {
      onProgress(progressAfter(next, pieces.length));
      writeNext();
    });
  };
  writeNext();
}

function progressAfter(takenPieces: number, pieces: number): WriteProgress {
  if (takenPieces < pieces) return 'begun';
  return pieces === 1 ? 'written at once' : 'written';
}

/**
 * One system call for all buffers of a piece, at the end of the turn, so that it wakes the runtime
 * once.
 */
function writePiece(socket: RuntimeSocket, piece: readonly Buffer[], onTaken: () => void): void {
  socket.cork();
  for (const buffer of piece.slice(0, -1)) socket.write(buffer);
  socket.write(piece.at(-1) ?? NOTHING, (error) => {
    const failure = error ?? socket.writeError;
    if (failure === undefined) onTaken();
  });
  process.nextTick(() => socket.uncork());
}

const NOTHING = Buffer.alloc(0);

/** Groups of buffers, parts of the given ones, none larger than a piece. */
function cutIntoPieces(buffers: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const sizeBytes = buffers.reduce((sum, { length }) => sum + length, 0);
  if (sizeBytes <= PIECE_BYTES) return [buffers];
  const pieces: Buffer[][] = [];
  let piece: Buffer[] = [];
  let roomBytes = PIECE_BYTES;
  for (const buffer of buffers) {
    for (let at = 0; at < buffer.length;) {
      const part = buffer.subarray(at, at + roomBytes);
      piece.push(part);
      at += part.length;
      roomBytes -= part.length;
      if (roomBytes > 0) continue;
      pieces.push(piece);
      piece = [];
      roomBytes = PIECE_BYTES;
    }
  }
  return piece.length === 0 ? pieces : [...pieces, piece];
}
