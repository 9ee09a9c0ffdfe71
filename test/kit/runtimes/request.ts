import { readEnvelope } from '../../../src/envelope/envelope.ts';
import { joinCalls } from '../../../src/runtime/batch/joinCalls.ts';
import type { Call, Reply, Request, RuntimeClient } from '../../../src/runtime/runtime.ts';

export interface RequestLike extends Partial<Omit<Request, 'envelope'>> {
  /** The payload as JSON text. */
  readonly payload?: string;
  /** The envelope as JSON text, instead of the default one around the payload. */
  readonly envelope?: string;
}

/** Creates the request of an ordinary hop. */
export function request({ payload = '{"n":1}', envelope, ...rest }: RequestLike = {}): Request {
  const text =
    envelope ??
    `{"id":"env-1","route":{"actors":["infer","post"],"current":0},"payload":${payload}}`;
  return {
    envelope: readEnvelope(Buffer.from(text), { maxNesting: 10_000 }),
    actor: 'infer',
    attempt: 1,
    timeoutMs: 10_000,
    context: {},
    ...rest,
  };
}

/** Creates a call of one request. */
export function callOf(like: RequestLike = {}): Call {
  const single = request(like);
  const { actor, timeoutMs, context, envelope } = single;
  const { deadlineMs } = envelope.headers;
  return { requests: [single], batch: undefined, actor, timeoutMs, deadlineMs, context };
}

/** Creates the call of a batch. */
export function batchOf(likes: readonly [RequestLike, ...RequestLike[]]): Call {
  const [first, ...others] = likes;
  const { requests, ...call } = callOf(first);
  const batch = { size: likes.length };
  return { ...call, requests: [...requests, ...others.map(request)], batch };
}

/** Makes a call of one request. */
export function callWith(client: RuntimeClient, single: Request): Promise<Reply> {
  return joinCalls(client).call(single);
}
