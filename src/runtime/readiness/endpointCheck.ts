import { request, type IncomingMessage } from 'node:http';
import { messageOf } from '../../faults.ts';
import { SECOND } from '../../units.ts';
import { connectTo, type ConnectResult } from '../socket/connect.ts';
import { TLS_QUESTION } from '../socket/connectError.ts';
import {
  hostAndPort,
  withHost,
  type Endpoint,
  type HeaderLine,
  type RuntimeAddress,
} from '../socket/endpoint.ts';
import type { RuntimeSocket } from '../socket/runtimeSocket.ts';
import { systemErrorCode } from '../socket/systemError.ts';

/** The limit of one check over TCP, and of one health request. */
const CHECK_TIMEOUT_MS = 2 * SECOND;

/** A `GET` that a ready runtime answers with a status 2xx. */
export interface HealthRequest {
  /** The path and the query. */
  readonly path: string;
  /** The value of the header `host`. */
  readonly host: string;
}

/** Opens a connection, over TCP within 2 s. The full backlog of a Unix socket is a problem. */
export function connectForCheck(endpoint: Endpoint): Promise<ConnectResult> {
  const isUnix = endpoint.address.transport === 'unix';
  return connectTo(endpoint, isUnix ? 0 : CHECK_TIMEOUT_MS);
}

/** Opens a connection, and returns why it cannot be opened; undefined if it can. */
export async function connectProblemOf(endpoint: Endpoint): Promise<string | undefined> {
  const connected = await connectForCheck(endpoint);
  if ('absent' in connected) return connected.absent;
  connected.socket.destroy();
  return undefined;
}

/**
 * Sends a health request on a connection of its own, within 2 s. Returns why the runtime is not
 * ready; undefined if it is.
 */
export async function healthProblemOf(
  endpoint: Endpoint,
  { path, host }: HealthRequest,
): Promise<string | undefined> {
  const startedAtMs = performance.now();
  const connected = await connectTo(endpoint, CHECK_TIMEOUT_MS);
  if ('absent' in connected) return connected.absent;
  const { socket, headers } = connected;
  const leftMs = startedAtMs + CHECK_TIMEOUT_MS - performance.now();
  const url = `GET ${path} on ${hostAndPort(endpoint.address)}`;
  try {
    const status = await statusOf(socket, { path, headers: withHost(host, headers), leftMs });
    return status >= 200 && status <= 299 ? undefined : `${url} answers with the status ${status}`;
  } catch (error) {
    return `${url} ${messageOf(error)}${tlsHint(error, endpoint.address)}`;
  } finally {
    socket.destroy();
  }
}

/** Many servers with TLS close a connection on which they receive a request without TLS. */
function tlsHint(error: unknown, address: RuntimeAddress): string {
  const isPlain = address.transport === 'tcp' && address.tlsName === undefined;
  const isClosed = error instanceof Error && systemErrorCode(error.cause) === 'ECONNRESET';
  return isPlain && isClosed ? `; ${TLS_QUESTION}` : '';
}

interface StatusRequest {
  readonly path: string;
  readonly headers: readonly HeaderLine[];
  readonly leftMs: number;
}

/** @throws {Error} whose message is the predicate of a sentence about the request */
function statusOf(
  socket: RuntimeSocket,
  { path, headers, leftMs }: StatusRequest,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const expire = (): void =>
      reject(new Error(`has no answer within ${CHECK_TIMEOUT_MS / SECOND} s`));
    const timer = setTimeout(expire, Math.max(leftMs, 0));
    const fail = (error: Error): void =>
      reject(new Error(`fails: ${error.message}`, { cause: error }));
    const sent = request({
      createConnection: () => socket,
      path,
      headers: headers.flat(),
    });
    sent.once('response', ({ statusCode = 0 }: IncomingMessage) => resolve(statusCode));
    sent.on('error', fail).once('close', () => clearTimeout(timer));
    sent.end();
  });
}
