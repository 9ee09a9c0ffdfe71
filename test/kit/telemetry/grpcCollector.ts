import { once } from 'node:events';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { Collector } from './collector.ts';

/** A frame with an empty message: a response with default values. */
const EMPTY_FRAME = Buffer.alloc(5);

/** Starts a collector that receives OTLP over gRPC and keeps the raw bodies by service. */
export async function startGrpcCollector(t: TestContext): Promise<Collector> {
  const requests = new Map<string, string[]>();
  const server = createServer();
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => {}); // the sender was killed
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const path = headers[':path'] ?? '';
      requests.set(path, [...(requests.get(path) ?? []), Buffer.concat(chunks).toString('latin1')]);
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc' },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(EMPTY_FRAME);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
