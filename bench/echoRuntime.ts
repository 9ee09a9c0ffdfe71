import { createServer, type Socket } from 'node:net';
import { createFrameDecoder, encodeFrame } from '../src/runtime/framed/framing.ts';

/**
 * A runtime that returns each frame unchanged, or an array with COPIES of it:
 *
 *   node bench/echoRuntime.ts SOCKET [COPIES]
 */
const [socketPath, copies] = process.argv.slice(2);

createServer((socket) => {
  socket.on('error', () => socket.destroy());
  if (copies === undefined) socket.pipe(socket);
  else fanOut(socket, Number(copies));
}).listen(socketPath, () => process.send?.('ready'));

function fanOut(socket: Socket, count: number): void {
  const decoder = createFrameDecoder(1_000_000, {
    onFrame(body) {
      const array = Buffer.from(
        `[${Array.from({ length: count }, () => body.toString()).join(',')}]`,
      );
      for (const piece of encodeFrame(array)) socket.write(piece);
    },
    onTooLarge: () => socket.destroy(),
  });
  socket.on('data', (chunk: Buffer) => decoder.push(chunk));
}
