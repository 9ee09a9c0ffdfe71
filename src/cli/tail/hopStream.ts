import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { MIB, SECOND } from '../../units.ts';
import { splitLines } from '../input/lines.ts';

/** One address of a sidecar. */
export interface Endpoint {
  /** An IP address, or `localhost`. */
  readonly host: string;
  readonly port: number;
  /** The header `Host`. */
  readonly hostHeader: string;
}

/** An open response of `GET /hops`. */
export interface HopStream {
  /** Identifies the process; undefined if the server does not send it. */
  readonly instance: string | undefined;
  /** Ends when the sidecar closes the connection, and throws when the connection is lost. */
  readonly lines: AsyncIterable<string>;
  close(): void;
}

const CONNECT_TIMEOUT_MS = 5 * SECOND;
/** Three heartbeats of a sidecar. */
const SILENCE_TIMEOUT_MS = 45 * SECOND;
const MAX_LINE_BYTES = MIB;

/**
 * Sends `GET /hops`. Resolves when the sidecar has accepted it.
 * @throws an Error with the reason if it does not
 */
export async function openHopStream(
  { host, port, hostHeader }: Endpoint,
  token: string | undefined,
  stop: AbortSignal,
): Promise<HopStream> {
  const headers = {
    host: hostHeader,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const outgoing = request({ host, port, path: '/hops', headers, agent: false, signal: stop });
  outgoing.setTimeout(CONNECT_TIMEOUT_MS);
  outgoing.once('timeout', () => {
    outgoing.destroy(new Error(`no answer within ${CONNECT_TIMEOUT_MS / SECOND} s`));
  });
  outgoing.end();
  const [response]: IncomingMessage[] = await once(outgoing, 'response');
  if (response === undefined) throw new Error('no response');
  await checkResponse(response);
  outgoing.removeAllListeners('timeout').setTimeout(SILENCE_TIMEOUT_MS, () => {
    response.destroy(new Error(`silent for ${SILENCE_TIMEOUT_MS / SECOND} s`));
  });
  const { 'x-asya-instance': instance } = response.headers;
  return {
    instance: typeof instance === 'string' ? instance : undefined,
    lines: splitLines(response, MAX_LINE_BYTES),
    close: () => void response.destroy(),
  };
}

/** @throws an Error unless the response has records of hops */
async function checkResponse(response: IncomingMessage): Promise<void> {
  const { statusCode, statusMessage = '', headers } = response;
  if (statusCode !== 200) {
    const reason = await readReason(response);
    throw new Error(`${statusCode} ${reason === '' ? statusMessage : reason}`);
  }
  if (headers['content-type'] === 'application/x-ndjson') return;
  response.destroy();
  throw new Error('the server is not a sidecar that has /hops');
}

/** Returns the first line of an answer. */
async function readReason(response: IncomingMessage): Promise<string> {
  for await (const line of splitLines(response, MAX_LINE_BYTES)) return line;
  return '';
}
