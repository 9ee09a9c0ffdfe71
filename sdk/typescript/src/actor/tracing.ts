import { createRequire } from 'node:module';
import type { CallContext } from './context.ts';

/** Runs calls in spans that belong to the trace of the journey. */
export interface Tracing {
  /** Runs a call in a span whose parent is the trace context of its headers, if there is one. */
  run<T>(context: CallContext, call: () => Promise<T>): Promise<T>;
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
  recordException(error: unknown): void;
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
    run(context, call) {
      if (context.headers['traceparent'] === undefined) return call();
      // The trace context of this call, instead of the active one.
      const parent = api.propagation.extract(api.context.active(), context.headers);
      const options = { kind: SERVER, attributes: attributesOf(context) };
      // The SDK may be registered after this package was loaded.
      const tracer = api.trace.getTracer('@asya/runtime');
      return tracer.startActiveSpan('handle', options, parent, (span) => inSpan(span, call));
    },
  };
}

async function inSpan<T>(span: Span, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    span.recordException(error);
    span.setStatus({ code: ERROR });
    throw error;
  } finally {
    span.end();
  }
}

function attributesOf({ id, attempt }: CallContext): object {
  return { 'asya.envelope.id': id, 'asya.attempt': attempt };
}
