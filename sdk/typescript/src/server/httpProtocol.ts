import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { CallContext } from '../actor/context.ts';
import type { ErrorObject } from '../actor/errorObject.ts';
import { kitError } from '../actor/errorObject.ts';
import { encodeOutcome, isFailure, type Failure, type Outcome } from '../actor/outcome.ts';
import {
  asBatch,
  encodeOutcomes,
  parseJson,
  refuse,
  RequestError,
  type ProtocolOptions,
} from './protocol.ts';

export interface HttpOptions extends ProtocolOptions {
  readonly maxRequestBytes: number;
  /** Whether new calls are refused, because the runtime stops. */
  readonly isStopping: () => boolean;
}

/** Answers a request of the protocol `http`. Never rejects. */
export async function answerHttp(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpOptions,
): Promise<void> {
  // The sidecar may close the connection at any time.
  response.on('error', () => {});
  try {
    await route(request, response, options);
  } catch (error) {
    if (error instanceof RequestError) sendError(response, 400, refuse(error, options));
    else response.destroy();
  }
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpOptions,
): Promise<void> {
  if (options.isStopping())
    return sendError(response, 503, kitError('stopping', 'the runtime is stopping'));
  // HTTP/0.9 has no headers; Node accepts its request line.
  if (request.httpVersionMajor < 1) throw new RequestError('the request has no HTTP version');
  const { method } = request;
  if (method === 'GET' || method === 'HEAD') return send(response, 200, '{"status":"ready"}');
  if (method !== 'POST') {
    response.setHeader('allow', 'GET, HEAD, POST');
    const message = `the method ${method} is not allowed; use POST`;
    return sendError(response, 405, kitError('bad_request', message));
  }
  const body = await readBody(request, options.maxRequestBytes);
  if (body === undefined) {
    const message = `the body of the request is over ${options.maxRequestBytes} bytes`;
    response.shouldKeepAlive = false;
    return sendError(response, 413, kitError('bad_request', message));
  }
  await callActor(body, request.headers, response, options);
}

async function callActor(
  body: Buffer,
  headers: IncomingHttpHeaders,
  response: ServerResponse,
  options: HttpOptions,
): Promise<void> {
  const value = parseJson(body, options);
  const { actor } = options;
  if (headers['asya-batch'] === undefined)
    return sendOutcome(response, await actor.call(value, contextOf(headers, body)));
  const payloads = asBatch(value);
  const outcomes = await actor.callBatch(payloads, contextsOf(headers, payloads.length));
  if (isFailure(outcomes)) sendFailure(response, outcomes);
  else send(response, 200, encodeOutcomes(outcomes));
}

function sendOutcome(response: ServerResponse, outcome: Outcome): void {
  if (isFailure(outcome)) sendFailure(response, outcome);
  else if (outcome.payloads.length === 0) response.writeHead(204).end();
  else send(response, 200, encodeOutcome(outcome));
}

function sendFailure(response: ServerResponse, { error }: Failure): void {
  const afterMs = error.retry_after_ms;
  if (afterMs === undefined) return sendError(response, 500, error);
  response.setHeader('retry-after', String(Math.ceil(afterMs / 1000)));
  sendError(response, 503, error);
}

function sendError(response: ServerResponse, status: number, error: ErrorObject): void {
  send(response, status, JSON.stringify(error));
}

function send(response: ServerResponse, status: number, text: string): void {
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length });
  response.end(text);
}

/** Undefined if the body is over the limit. */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // The response still needs the socket of a request that is too large.
  const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
}

function contextOf(headers: IncomingHttpHeaders, body: Buffer): CallContext {
  return new CallContext({
    id: decode(headers['asya-envelope-id']),
    journey: decode(headers['asya-journey-id']),
    actor: asText(headers['asya-actor']),
    attempt: asNumber(headers['asya-attempt']),
    deadline: asDate(headers['asya-deadline']),
    idempotencyKey: decode(headers['asya-idempotency-key']),
    timeoutMs: asNumber(headers['asya-timeout-ms']),
    headers,
    body,
  });
}

/** The contexts of a batch. Its headers have a list with one element for each payload. */
function contextsOf(headers: IncomingHttpHeaders, count: number): CallContext[] {
  const ids = listOf(headers['asya-envelope-id'], count);
  const attempts = listOf(headers['asya-attempt'], count);
  const keys = listOf(headers['asya-idempotency-key'], count);
  return Array.from(
    { length: count },
    (_, index) =>
      new CallContext({
        id: decode(ids[index]),
        actor: asText(headers['asya-actor']),
        attempt: asNumber(attempts[index]),
        idempotencyKey: decode(keys[index]),
        timeoutMs: asNumber(headers['asya-timeout-ms']),
        headers,
      }),
  );
}

/** Empty without the header, and if its list is of another length. */
function listOf(header: string | string[] | undefined, count: number): readonly string[] {
  const elements = header === undefined ? [] : String(header).split(',');
  return elements.length === count ? elements.map((element) => element.trim()) : [];
}

/** Decodes an id. A text that is not percent-encoded is returned as it is. */
function decode(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = String(header);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function asText(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header);
}

function asNumber(header: string | string[] | undefined): number | undefined {
  const number = header === undefined ? Number.NaN : Number(header);
  return Number.isFinite(number) ? number : undefined;
}

function asDate(header: string | string[] | undefined): Date | undefined {
  const date = header === undefined ? undefined : new Date(String(header));
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
}
