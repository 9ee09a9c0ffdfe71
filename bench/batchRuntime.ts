import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { MIB } from '../src/units.ts';
import { createFrameDecoder, encodeFrame } from '../src/runtime/framed/framing.ts';

/**
 * A runtime with the times of a model on a GPU: a call takes CALL_MS, and ITEM_MS more for each of
 * its payloads. It processes one call at a time and returns the payloads unchanged:
 *
 *   node bench/batchRuntime.ts payload|http SOCKET CALL_MS ITEM_MS
 */
const [protocol, socketPath, callMs, itemMs] = process.argv.slice(2);
const MAX_BODY_BYTES = 64 * MIB;
const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Blocks the thread, so that calls wait for each other. Timers would round to milliseconds. */
function runModel(body: Buffer): Buffer {
  const payloads: unknown = JSON.parse(body.toString());
  const count = Array.isArray(payloads) ? payloads.length : 1;
  Atomics.wait(never, 0, 0, Number(callMs) + Number(itemMs) * count);
  return body;
}

function serveFrames(socket: Socket): void {
  const decoder = createFrameDecoder(MAX_BODY_BYTES, {
    onFrame(body) {
      for (const piece of encodeFrame(runModel(body))) socket.write(piece);
    },
    onTooLarge: () => socket.destroy(),
  });
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => decoder.push(chunk));
}

function httpServer(): Server {
  return createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => response.end(runModel(Buffer.concat(chunks))));
  });
}

const server = protocol === 'http' ? httpServer() : createServer(serveFrames);
server.listen(socketPath, () => process.send?.('ready'));
