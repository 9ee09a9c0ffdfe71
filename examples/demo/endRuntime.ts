import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createFrameDecoder, encodeFrame } from '../../src/runtime/framed/framing.ts';
import { MIB } from '../../src/units.ts';

/** The runtime of an end, in the demo's own process. It receives the envelopes that arrived. */
export interface EndRuntime {
  close(): Promise<void>;
}

const MAX_FRAME_BYTES = 64 * MIB;
const EMPTY_REPLY = Buffer.from('[]');

/** Serves the protocol `envelope` on a Unix socket. The reply to each envelope is empty. */
export async function openEndRuntime(
  socketPath: string,
  onEnvelope: (body: Buffer) => void,
): Promise<EndRuntime> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // A sidecar may close its connection at any time.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    const decoder = createFrameDecoder(MAX_FRAME_BYTES, {
      onFrame(body) {
        onEnvelope(body);
        for (const piece of encodeFrame(EMPTY_REPLY)) socket.write(piece);
      },
      onTooLarge: () => socket.destroy(),
    });
    socket.on('data', (chunk: Buffer) => decoder.push(chunk));
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
