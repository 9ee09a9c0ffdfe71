import {
  context,
  ProxyTracerProvider,
  trace,
  type Context,
  type Exception,
  type HrTime,
  type Link,
  type Span,
  type SpanAttributes,
  type SpanAttributeValue,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  type TimeInput,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { isTimeInput } from '@opentelemetry/core';
import { SpanClock, type AnchoredClock } from './spanClock.ts';

/**
 * Makes all spans of this process, including those of libraries, use one clock. The SDK reads the
 * start of a span from a clock of whole milliseconds and its end from a finer one, so that a child
 * may end up to 1 ms after its parent:
 * https://github.com/open-telemetry/opentelemetry-js/issues/5019
 *
 * Must be called after an SDK has registered its tracer provider. A second call does nothing.
 */
export function installSpanClock(clock: SpanClock = new SpanClock()): void {
  const provider = trace.getTracerProvider();
  if (!(provider instanceof ProxyTracerProvider)) return;
  const delegate = provider.getDelegate();
  if (!(delegate instanceof ClockedTracerProvider)) {
    provider.setDelegate(new ClockedTracerProvider(delegate, clock));
  }
}

/** Returns the time by the clock of the active span; undefined if the span is not recorded. */
export function activeSpanTime(): HrTime | undefined {
  const active = trace.getActiveSpan();
  return active instanceof ClockedSpan ? active.clock.now() : undefined;
}

class ClockedTracerProvider implements TracerProvider {
  readonly #provider: TracerProvider;
  readonly #clock: SpanClock;

  constructor(provider: TracerProvider, clock: SpanClock) {
    this.#provider = provider;
    this.#clock = clock;
  }

  getTracer(...args: Parameters<TracerProvider['getTracer']>): Tracer {
    return new ClockedTracer(this.#provider.getTracer(...args), this.#clock);
  }
}

class ClockedTracer implements Tracer {
  readonly #tracer: Tracer;
  readonly #clock: SpanClock;

  constructor(tracer: Tracer, clock: SpanClock) {
    this.#tracer = tracer;
    this.#clock = clock;
  }

  startSpan(name: string, options: SpanOptions = {}, parent: Context = context.active()): Span {
    const anchor = this.#anchorOf(options, parent);
    const startTime = options.startTime ?? anchor.now();
    const span = this.#tracer.startSpan(name, { ...options, startTime }, parent);
    return span.isRecording() ? new ClockedSpan(span, anchor) : span;
  }

  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    ...rest: [F] | [SpanOptions, F] | [SpanOptions, Context, F]
  ): ReturnType<F> {
    const call = rest.at(-1) as (span: Span) => ReturnType<F>;
    const options = rest.length > 1 ? (rest[0] as SpanOptions) : {};
    const parent = rest.length > 2 ? (rest[1] as Context) : context.active();
    const span = this.startSpan(name, options, parent);
    return context.with(trace.setSpan(parent, span), call, undefined, span);
  }

  #anchorOf({ root }: SpanOptions, parent: Context): AnchoredClock {
    const outer = root === true ? undefined : trace.getSpan(parent);
    return outer instanceof ClockedSpan ? outer.clock : this.#clock.anchoredClock();
  }
}

/** A span of the SDK that receives its times from a clock. Times given by a library are kept. */
class ClockedSpan implements Span {
  readonly clock: AnchoredClock;
  readonly #span: Span;

  constructor(span: Span, clock: AnchoredClock) {
    this.#span = span;
    this.clock = clock;
  }

  addEvent(name: string, attributesOrTime?: SpanAttributes | TimeInput, time?: TimeInput): this {
    if (isTimeInput(attributesOrTime)) this.#span.addEvent(name, attributesOrTime);
    else this.#span.addEvent(name, attributesOrTime, time ?? this.clock.now());
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    this.#span.recordException(exception, time ?? this.clock.now());
  }

  end(time?: TimeInput): void {
    this.#span.end(time ?? this.clock.now());
  }

  spanContext(): SpanContext {
    return this.#span.spanContext();
  }

  isRecording(): boolean {
    return this.#span.isRecording();
  }

  setAttribute(key: string, value: SpanAttributeValue): this {
    this.#span.setAttribute(key, value);
    return this;
  }

  setAttributes(attributes: SpanAttributes): this {
    this.#span.setAttributes(attributes);
    return this;
  }

  addLink(link: Link): this {
    this.#span.addLink(link);
    return this;
  }

  addLinks(links: Link[]): this {
    this.#span.addLinks(links);
    return this;
  }

  setStatus(status: SpanStatus): this {
    this.#span.setStatus(status);
    return this;
  }

  updateName(name: string): this {
    this.#span.updateName(name);
    return this;
  }
}
