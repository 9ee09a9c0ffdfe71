import { KIB } from '../../units.ts';
import type { ReplyLimits } from '../connection/codec.ts';
import type { Connection, ConnectionEvents } from '../connection/connection.ts';
import type { RuntimeSocket } from '../connection/socket.ts';
import { createSocketConnection } from '../connection/socketConnection.ts';
import { encodePayloads } from '../payloads/payloads.ts';
import type { Call } from '../runtime.ts';
import { requestHeadersOf } from './requestHeaders.ts';
import { createHttpReader } from './responseReader.ts';

/** Creates a connection on which each request is a `POST /` with the payload as its body. */
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

/** A body up to this size is copied behind the headers, so that one write sends both. */
const MAX_COPIED_BYTES = 16 * KIB;

function encode(call: Call): readonly Buffer[] {
  const body = encodePayloads(call);
  const sizeBytes = body.reduce((sum, { length }) => sum + length, 0);
  const head = Buffer.from(encodeHead(call, sizeBytes), 'latin1');
  return sizeBytes <= MAX_COPIED_BYTES ? [Buffer.concat([head, ...body])] : [head, ...body];
}

/** Without `accept-encoding`, a server may encode its reply (RFC 9110, section 12.5.3). */
const COMMON_HEADERS = 'host: runtime\r\nconnection: keep-alive\r\naccept-encoding: identity\r\n';

function encodeHead(call: Call, bodyBytes: number): string {
  let head = `POST / HTTP/1.1\r\n${COMMON_HEADERS}`;
  for (const [name, value] of requestHeadersOf(call)) head += `${name}: ${value}\r\n`;
  return `${head}content-length: ${bodyBytes}\r\n\r\n`;
}
