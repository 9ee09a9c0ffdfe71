import { payloadOf } from '../../envelope/envelope.ts';
import type { Connection, ConnectionEvents } from '../connection/connections.ts';
import { headersOf } from './httpHeaders.ts';
import { createHttpReader } from './httpReader.ts';
import type { ReplyLimits } from '../connection/protocol.ts';
import type { Request } from '../runtime.ts';
import type { RuntimeSocket } from '../connection/socket.ts';
import { createSocketConnection } from '../connection/socketConnection.ts';

/** A connection on which each request is a `POST /` with the payload as its body (HTTP/1.1). */
export function createHttpConnection(
  socket: RuntimeSocket,
  events: ConnectionEvents,
  limits: ReplyLimits,
): Connection {
  return createSocketConnection(socket, events, {
    encode,
    createReader: () => createHttpReader(limits),
  });
}

/** A small body is copied behind the headers, which makes one write of both. */
const COPIED_BODY_BYTES = 16 * 1024;

function encode(request: Request): readonly Buffer[] {
  const body = payloadOf(request.envelope);
  const head = Buffer.from(encodeHead(request, body.length), 'latin1');
  return body.length <= COPIED_BODY_BYTES ? [Buffer.concat([head, body])] : [head, body];
}

function encodeHead(request: Request, bodyBytes: number): string {
  let head = 'POST / HTTP/1.1\r\nhost: runtime\r\nconnection: keep-alive\r\n';
  for (const [name, value] of headersOf(request)) head += `${name}: ${value}\r\n`;
  return `${head}content-length: ${bodyBytes}\r\n\r\n`;
}
