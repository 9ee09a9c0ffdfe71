import { KIB } from '../../units.ts';
import type { ReplyLimits } from '../connection/codec.ts';
import type { Connection, ConnectionEvents } from '../connection/connection.ts';
import { withHost, type HeaderLine } from '../socket/endpoint.ts';
import type { RuntimeSocket } from '../socket/runtimeSocket.ts';
import { createSocketConnection } from '../connection/socketConnection.ts';
import { encodePayloads } from '../payloads/payloads.ts';
import type { Call } from '../runtime.ts';
import { requestHeadersOf } from './requestHeaders.ts';
import { createHttpReader } from './responseReader.ts';

export interface HttpOptions extends ReplyLimits {
  /** The path and the query of each request. @default `/` */
  readonly target?: string;
  /** The value of the header `host`, unless `headers` has one. @default `runtime` */
  readonly host?: string;
  /** Further headers of each request. @default none */
  readonly headers?: readonly HeaderLine[];
}

/** Creates a connection on which each request is a `POST` with the payload as its body. */
export function createHttpConnection(
  socket: RuntimeSocket,
  events: ConnectionEvents,
  options: HttpOptions,
): Connection {
  const start = encodeStart(options);
  return createSocketConnection(socket, events, {
    encode: (call) => encode(call, start),
    createReader: () => createHttpReader(options),
  });
}

/** A body up to this size is copied behind the headers, so that one write sends both. */
const MAX_COPIED_BYTES = 16 * KIB;

function encode(call: Call, start: Buffer): readonly Buffer[] {
  const body = encodePayloads(call);
  const sizeBytes = body.reduce((sum, { length }) => sum + length, 0);
  const rest = Buffer.from(encodeRest(call, start.length, sizeBytes), 'latin1');
  return sizeBytes <= MAX_COPIED_BYTES
    ? [Buffer.concat([start, rest, ...body])]
    : [start, rest, ...body];
}

/** Without `accept-encoding`, a server may encode its reply (RFC 9110, section 12.5.3). */
const COMMON_HEADERS = 'connection: keep-alive\r\naccept-encoding: identity\r\n';

/** The request line and the headers that all requests of a connection have in common. */
function encodeStart({ target = '/', host = 'runtime', headers = [] }: HttpOptions): Buffer {
  let start = `POST ${target} HTTP/1.1\r\n`;
  for (const [name, value] of withHost(host, headers)) start += `${name}: ${value}\r\n`;
  return Buffer.from(`${start}${COMMON_HEADERS}`, 'latin1');
}

/** The headers of one request, up to the empty line. */
function encodeRest(call: Call, startBytes: number, bodyBytes: number): string {
  let rest = '';
  for (const [name, value] of requestHeadersOf(call, startBytes)) rest += `${name}: ${value}\r\n`;
  return `${rest}content-length: ${bodyBytes}\r\n\r\n`;
}
