import {
  context,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { messageOf } from '../src/errors.ts';
import type { Hop, Layer, Settled, Work } from '../src/hop.ts';
import { placeOf, takeOver, type Arrivals } from './adopted.ts';
import { ASYA, ATTR } from './attributes.ts';
import { withHop } from './current.ts';
import { isFailure, journeySeconds, markFailed } from './ending.ts';
import { headersOf, lineageOf, type Lineage } from './propagation.ts';

export interface TraceHopsOptions {
  readonly actor: string;
  readonly tracer: Tracer;
  /** The value of `messaging.system`. */
  readonly system: string;
  /** The role of this actor, when it is an end. */
  readonly end?: 'happy-end' | 'error-end' | undefined;
  readonly maxGapMs: number;
  readonly arrivals: Arrivals;
}

/** A span `process <actor>` for each hop, from delivery to settled; what the hop sends carries its context. */
export function traceHops(options: TraceHopsOptions): Layer<Work> {
  const name = `process ${options.actor}`;
  const messaging = messagingOf(options);

  /** The span, and how to end it. */
  function open(hop: Hop, lineage: Lineage): [Span, () => void] {
    const arrival = options.arrivals.take(hop.delivery);
    if (arrival !== undefined && lineage.byTransport) {
      if (arrival.isRecording()) arrival.updateName(name).addLinks([...lineage.links]);
      return [arrival, takeOver(arrival)];
    }
    if (arrival !== undefined) takeOver(arrival)();
    const stray = arrival?.spanContext() ?? lineage.stray;
    const links = stray === undefined ? lineage.links : [...lineage.links, { context: stray }];
    const attributes = arrival === undefined ? messaging : { ...messaging, ...placeOf(arrival) };
    const spanOptions = { kind: SpanKind.CONSUMER, attributes, links: [...links] };
    const span = options.tracer.startSpan(name, spanOptions, lineage.context);
    return [span, () => span.end()];
  }

  return (next) => async (hop) => {
    const lineage = lineageOf(hop, { maxGapMs: options.maxGapMs, nowMs: Date.now() });
    const [span, end] = open(hop, lineage);
    if (span.isRecording()) span.setAttributes(hopOf(hop, options));
    const active = trace.setSpan(lineage.context, span);
    Object.assign(hop.context, headersOf(active));
    try {
      const current = withHop(active, { hop, isOwnTrace: lineage.isOwn });
      const settled = await context.with(current, next, undefined, hop);
      if (span.isRecording()) complete(span, hop, settled, options);
      return settled;
    } catch (error) {
      markFailed(span, messageOf(error));
      throw error;
    } finally {
      end();
    }
  };
}

/** What a sampler sees; a transport's library has given its own spans the like. */
function messagingOf({ actor, system }: TraceHopsOptions): Attributes {
  return {
    [ATTR.system]: system,
    [ATTR.operationName]: 'process',
    [ATTR.operationType]: 'process',
    [ATTR.destination]: actor,
  };
}

function hopOf({ envelope, delivery, attempt }: Hop, { actor }: TraceHopsOptions): Attributes {
  return {
    [ATTR.messageId]: delivery.id,
    [ASYA.journeyId]: envelope.headers.journeyId,
    [ASYA.envelopeId]: envelope.id,
    [ASYA.parentId]: envelope.parentId,
    [ASYA.actor]: actor,
    [ASYA.routeCurrent]: envelope.current,
    [ASYA.routeLength]: envelope.actors.length,
    [ASYA.attempt]: attempt,
  };
}

function complete(span: Span, hop: Hop, settled: Settled, { end }: TraceHopsOptions): void {
  const { name, fault, dispatched } = settled;
  span.setAttribute(ASYA.outcome, name);
  if (name === 'fanout') span.setAttribute(ASYA.fanoutSize, dispatched);
  if (settled.reused === true) span.setAttribute(ASYA.reused, true);
  if (name === 'end') {
    span.setAttributes({
      [ASYA.end]: end,
      [ASYA.journeyDuration]: journeySeconds(hop),
      [ASYA.journeyHops]: hop.envelope.headers.hops,
    });
  }
  if (isFailure(settled) && fault !== undefined) {
    span.setAttribute(ATTR.errorType, fault.code);
    markFailed(span, fault.message);
  } else if (name === 'give_back' || hop.delivery.gone) {
    // The instrumentation takes every nack, and a channel that closes, for an error of the hop. Only OK undoes it.
    span.setStatus({ code: SpanStatusCode.OK });
  }
}
