import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { MIB, SECOND } from '../../units.ts';
import { splitLines } from '../input/lines.ts';
import type { Endpoint } from './access/resolveEndpoints.ts';

/** An open response of `GET /hops`. */
export interface HopStream {
  /** Identifies the process; undefined if the server does not send it. */
  readonly instance: string | undefined;
  /** Ends when the sidecar closes the connection, and throws when the connection is lost. */
  readonly lines: AsyncIterable<string>;
  close(): void;
}

export interface HopStreamOptions {
  /** The bearer token. */
  readonly token: string | undefined;
  /** Closes the connection. */
  readonly stop: AbortSignal;
  /** The longest time until the response. @default 5 s */
  readonly answerTimeoutMs?: number;
  /** The longest time between two lines. @default 45 s, three heartbeats of a sidecar */
  readonly silenceTimeoutMs?: number;
}

const ANSWER_TIMEOUT_MS = 5 * SECOND;
const SILENCE_TIMEOUT_MS = 45 * SECOND;
const MAX_LINE_BYTES = MIB;

/**
 * Sends `GET /hops`. Resolves when the sidecar has accepted it.
 * @throws an Error with the reason if it does not
 */
export async function openHopStream(
  { host, port, hostHeader }: Endpoint,
  options: HopStreamOptions,
): Promise<HopStream> {
  const { token, stop, answerTimeoutMs = ANSWER_TIMEOUT_MS } = options;
  const headers = {
    host: hostHeader,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const outgoing = request({ host, port, path: '/hops', headers, agent: false, signal: stop });
  outgoing.setTimeout(answerTimeoutMs);
  outgoing.once('timeout', () => {
    outgoing.destroy(new Error(`no answer within ${answerTimeoutMs / SECOND} s`));
  });
  outgoing.end();
  const [response]: IncomingMessage[] = await once(outgoing, 'response');
  if (response === undefined) throw new Error('no response');
  await checkResponse(response);
  outgoing.removeAllListeners('timeout');
  endWhenSilent(response, options);
  const { 'x-asya-instance': instance } = response.headers;
  return {
    instance: typeof instance === 'string' ? instance : undefined,
    lines: splitLines(response, MAX_LINE_BYTES),
    close: () => void response.destroy(),
  };
}

/** A response with unread data is not silent: this process is slow, or its standard output is. */
function endWhenSilent(
  response: IncomingMessage,
  { silenceTimeoutMs = SILENCE_TIMEOUT_MS }: HopStreamOptions,
): void {
  response.setTimeout(silenceTimeoutMs, () => {
    if (response.readableLength > 0) return;
    response.destroy(new Error(`silent for ${silenceTimeoutMs / SECOND} s`));
  });
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
