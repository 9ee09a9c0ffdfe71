import {
  context,
  logs,
  propagation,
  trace,
  type Context,
  type ContextManager,
  type Span,
  type TextMapPropagator,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider as SdkTracerProvider,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';

/** The parts that are registered with the OpenTelemetry API. */
export interface Registered {
  readonly tracerProvider: TracerProvider;
  readonly propagator: TextMapPropagator;
  readonly contextManager: ContextManager;
}

/** Registers working parts, with the given parts instead of theirs. */
export function register(broken: Partial<Registered>): Registered {
  const registered = { ...working(), ...broken };
  unregister();
  trace.setGlobalTracerProvider(registered.tracerProvider);
  propagation.setGlobalPropagator(registered.propagator);
  context.setGlobalContextManager(registered.contextManager);
  return registered;
}

export function unregister(): void {
  trace.disable();
  propagation.disable();
  context.disable();
  logs.disable();
}

/** Parts of telemetry by name, each of which throws somewhere. */
export function brokenParts(): ReadonlyMap<string, Partial<Registered>> {
  return new Map<string, Partial<Registered>>([
    ['the tracer provider', { tracerProvider: throwing() }],
    ['the tracer', { tracerProvider: { getTracer: () => throwing() } }],
    ['a span', { tracerProvider: withSpans(() => throwing()) }],
    ...SPAN_METHODS.map((name): [string, Partial<Registered>] => [
      `${name} of a span`,
      { tracerProvider: withSpans((span) => withThrowing(span, name)) },
    ]),
    ['the sampler', { tracerProvider: new SdkTracerProvider({ sampler: throwing() }) }],
    [
      'the generator of ids',
      { tracerProvider: new SdkTracerProvider({ idGenerator: throwing() }) },
    ],
    ['the span processor', withProcessor(throwing())],
    ['the exporter', withProcessor(new SimpleSpanProcessor({ exporter: throwing() }))],
    [
      'the exporter of batches',
      withProcessor(new BatchSpanProcessor({ exporter: throwing(), ...AT_ONCE })),
    ],
    // Without a composite propagator, an error at a lone surrogate is not caught.
    ['the propagator of baggage, alone,', { propagator: new W3CBaggagePropagator() }],
    ['the propagator', { propagator: throwing() }],
    ...(['inject', 'extract', 'fields'] as const).map((name): [string, Partial<Registered>] => [
      `${name} of the propagator`,
      { propagator: withThrowing(working().propagator, name) },
    ]),
    ...(['active', 'with', 'bind'] as const).map((name): [string, Partial<Registered>] => [
      `${name} of the context manager`,
      { contextManager: withThrowing(working().contextManager, name) },
    ]),
    ['the context manager after its call', { contextManager: throwingAfterwards() }],
    ['a function that is bound to a context', { contextManager: bindingToThrow() }],
  ]);
}

const AT_ONCE = { scheduledDelayMillis: 1, exportTimeoutMillis: 1 };

const SPAN_METHODS = [
  'spanContext',
  'isRecording',
  'setAttribute',
  'setAttributes',
  'setStatus',
  'updateName',
  'addLink',
  'addLinks',
  'end',
] as const;

function working(): Registered {
  const processor = new SimpleSpanProcessor({ exporter: new InMemorySpanExporter() });
  return {
    tracerProvider: new SdkTracerProvider({ spanProcessors: [processor] }),
    propagator: new CompositePropagator({
      propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    }),
    contextManager: new AsyncLocalStorageContextManager().enable(),
  };
}

/** Returns an object whose methods all throw. */
export function throwing(): never {
  return new Proxy({}, { get: (_, name) => fail(name) }) as never;
}

/** Returns the object with one method that throws. */
function withThrowing<T extends object>(target: T, name: keyof T & string): T {
  return replacing(target, name, fail(name));
}

function replacing<T extends object>(target: T, name: keyof T & string, method: unknown): T {
  return new Proxy(target, {
    get(_, property) {
      if (property === name) return method;
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function fail(name: string | symbol): () => never {
  return () => {
    throw new Error(`${String(name)} is broken`);
  };
}

function withSpans(change: (span: Span) => Span): TracerProvider {
  const provider = working().tracerProvider;
  return {
    getTracer(...args) {
      const tracer = provider.getTracer(...args);
      const startSpan: Tracer['startSpan'] = (...options) => change(tracer.startSpan(...options));
      return replacing(tracer, 'startSpan', startSpan);
    },
  };
}

function withProcessor(processor: SpanProcessor): Partial<Registered> {
  return { tracerProvider: new SdkTracerProvider({ spanProcessors: [processor] }) };
}

function throwingAfterwards(): ContextManager {
  const manager = working().contextManager;
  return replacing(manager, 'with', (active: Context, call: () => unknown) => {
    manager.with(active, call);
    throw new Error('with is broken');
  });
}

function bindingToThrow(): ContextManager {
  return replacing(working().contextManager, 'bind', () => fail('the bound function'));
}
