import { createRequire } from 'node:module';
import type { CallContext } from './context.ts';
import { describeError } from './errorObject.ts';

/** Runs calls in spans that belong to the trace of the journey. */
export interface Tracing {
  /**
   * Runs a call in a span whose parent is the trace context of its headers, if there is one.
   *
   * @param contexts of the payloads of the call
   */
  run<T>(contexts: readonly CallContext[], call: () => Promise<T>): Promise<T>;
}

/**
 * Finds `@opentelemetry/api` where the program, or this package, would import it. Returns undefined
 * if it is not installed.
 */
export function findTracing(): Tracing | undefined {
  for (const from of [process.argv[1], import.meta.url]) {
    const api = from === undefined ? undefined : requireApi(from);
    if (api !== undefined) return createTracing(api);
  }
  return undefined;
}

function requireApi(from: string): Api | undefined {
  try {
    const api: unknown = createRequire(from)('@opentelemetry/api');
    return isApi(api) ? api : undefined;
  } catch {
    return undefined;
  }
}

/** The part of `@opentelemetry/api` that this file uses. The package is optional. */
interface Api {
  readonly context: { active(): object };
  readonly propagation: { extract(context: object, carrier: object): object };
  readonly trace: { getTracer(name: string): Tracer };
}

interface Tracer {
  startActiveSpan<T>(name: string, options: object, context: object, run: (span: Span) => T): T;
}

interface Span {
  addEvent(name: string, attributes: object): void;
  setStatus(status: object): void;
  end(): void;
}

function isApi(api: unknown): api is Api {
  if (typeof api !== 'object' || api === null) return false;
  return 'context' in api && 'propagation' in api && 'trace' in api;
}

/** `SpanKind.SERVER` and `SpanStatusCode.ERROR`. */
const SERVER = 1;
const ERROR = 2;

function createTracing(api: Api): Tracing {
  return {
    run(contexts, call) {
      const [context] = contexts;
      if (context?.headers['traceparent'] === undefined) return call();
      // The trace context of this call, instead of the active one.
      const parent = api.propagation.extract(api.context.active(), context.headers);
      const name = context.actor === undefined ? 'handle' : `handle ${context.actor}`;
      const options = { kind: SERVER, attributes: attributesOf(context, contexts.length) };
      // The SDK may be registered after this package was loaded.
      const tracer = api.trace.getTracer('@asya/runtime');
      return tracer.startActiveSpan(name, options, parent, (span) => inSpan(span, call));
    },
  };
}

async function inSpan<T>(span: Span, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    recordError(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** A deferral is not a failure. */
function recordError(span: Span, error: unknown): void {
  const { message, type, traceback, retry_after_ms: afterMs } = describeError(error);
  if (afterMs !== undefined) return;
  span.addEvent('exception', {
    'exception.type': type,
    'exception.message': message,
    'exception.stacktrace': traceback,
  });
  span.setStatus({ code: ERROR, message });
}

/** Without `asya.actor`, which marks the span of a hop. */
function attributesOf({ id, journey, attempt }: CallContext, size: number): object {
  if (size > 1) return { 'asya.batch.size': size };
  return {
    'asya.envelope.id': id,
    'asya.journey.id': journey,
    'asya.attempt': attempt,
  };
}
