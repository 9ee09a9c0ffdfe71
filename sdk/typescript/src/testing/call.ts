import { request, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { createActor } from '../actor/actor.ts';
import type { ErrorObject } from '../actor/errorObject.ts';
import { functionOptions, type Handle, type HandleBatch } from '../actor/handle.ts';
import { encodeJson } from '../actor/jsonText.ts';
import { createHttpServer } from '../server/httpConnections.ts';
import type { ServeOptions } from '../settings.ts';
import { duplexPair } from './duplexPair.ts';

/** What the sidecar understands of a reply. */
export interface CallResult {
  /** The payloads of the next envelopes. None if the route ends here, or after an error. */
  readonly payloads: readonly unknown[];
  readonly error: ErrorObject | undefined;
  /** Seconds until the same payload is delivered again, if the actor asked for a deferral. */
  readonly retryAfter: number | undefined;
}

/** The fields of the context that a test sets. */
export interface ContextFields {
  readonly id?: string;
  readonly journey?: string;
  readonly actor?: string;
  readonly attempt?: number;
  readonly deadline?: Date;
  readonly idempotencyKey?: string;
  /** Milliseconds that the sidecar would wait. */
  readonly timeLeft?: number;
}

/** The options of `serve` that change a reply. */
export type CalledActor = Pick<ServeOptions, 'handle' | 'handleBatch' | 'parse' | 'stringify'>;

/**
 * Calls an actor over the protocol `http`, in memory, for tests of actors.
 *
 *     const { payloads } = await call(handle, { text: 'hello' }, { attempt: 2 });
 */
export async function call(
  actor: Handle | HandleBatch | CalledActor,
  payload: unknown,
  context: ContextFields = {},
): Promise<CallResult> {
  const options = typeof actor === 'function' ? functionOptions(actor) : actor;
  return readReply(await post(options, payload, headersOf(context)));
}

/**
 * Calls an actor with a batch, as with ASYA_BATCH_SIZE over 1. Returns one result for each payload.
 * An error of the whole call is the result of each payload.
 *
 * @param contexts in the order of the payloads
 */
export async function callBatch(
  handleBatch: HandleBatch,
  payloads: readonly unknown[],
  contexts: readonly ContextFields[] = [],
): Promise<readonly CallResult[]> {
  const lists = payloads.map((_, index) => headersOf({ id: '', ...contexts[index] }));
  const headers = Object.fromEntries(
    LISTS.map((name) => [name, lists.map((it) => it[name] ?? '').join(',')]),
  );
  const reply = await post({ handleBatch }, payloads, {
    ...headers,
    'asya-batch': String(payloads.length),
  });
  if (reply.status !== 200) return payloads.map(() => readReply(reply));
  return (JSON.parse(reply.text) as unknown[]).map((value) => resultOf(value));
}

const LISTS = ['asya-envelope-id', 'asya-attempt', 'asya-idempotency-key'];

interface HttpReply {
  readonly status: number;
  readonly text: string;
}

async function post(
  options: CalledActor,
  payload: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<HttpReply> {
  const { handle, handleBatch, parse = JSON.parse, stringify = encodeJson } = options;
  const actor = createActor({
    handle,
    handleBatch,
    concurrency: Number.POSITIVE_INFINITY,
    stringify,
    tracing: undefined,
    log() {},
  });
  const http = createHttpServer(
    {
      actor,
      parse,
      log() {},
      maxRequestBytes: Number.POSITIVE_INFINITY,
      isStopping: () => false,
    },
    { keepAliveMs: 0, lingerMs: 0 },
  );
  const [client, served] = duplexPair();
  http.serve(served);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({ method: 'POST', headers, createConnection: () => client }, resolve);
    sent.on('error', reject).end(stringify(payload));
  });
  const text = (await buffer(response)).toString();
  client.destroy();
  return { status: response.statusCode ?? 0, text };
}

function readReply({ status, text }: HttpReply): CallResult {
  return resultOf(status === 204 ? null : JSON.parse(text));
}

function resultOf(value: unknown): CallResult {
  if (isErrorObject(value)) {
    const { retry_after_ms: afterMs } = value;
    return {
      payloads: [],
      error: value,
      retryAfter: afterMs === undefined ? undefined : afterMs / 1000,
    };
  }
  const payloads = Array.isArray(value) ? value : value === null ? [] : [value];
  return { payloads, error: undefined, retryAfter: undefined };
}

/** The keys of an error object. An object with any other key is a payload. */
const ERROR_KEYS: ReadonlySet<string> = new Set([
  'error',
  'message',
  'type',
  'mro',
  'details',
  'traceback',
  'retryable',
  'retry_after_ms',
]);

function isErrorObject(value: unknown): value is ErrorObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { error, message } = value as { error?: unknown; message?: unknown };
  if (typeof error !== 'string' || typeof message !== 'string') return false;
  return Object.keys(value).every((key) => ERROR_KEYS.has(key));
}

function headersOf(fields: ContextFields): Record<string, string> {
  const { id, journey, actor = 'test', attempt = 1, deadline, idempotencyKey, timeLeft } = fields;
  const headers = {
    'asya-envelope-id': encode(id ?? 'test'),
    'asya-journey-id': encode(journey ?? id ?? 'test'),
    'asya-actor': actor,
    'asya-attempt': String(attempt),
    'asya-idempotency-key': encode(idempotencyKey ?? `${id ?? 'test'}.0`),
    'asya-timeout-ms': timeLeft === undefined ? undefined : String(timeLeft),
    'asya-deadline': deadline?.toISOString(),
  };
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function encode(id: string): string {
  return encodeURIComponent(id);
}
