import {
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { faultText, messageOf } from '../../src/faults.ts';
import type { Hop, Settled, HopProcessor } from '../../src/hop/hop.ts';
import type { Layer } from '../../src/compose.ts';
import type { Delivery } from '../../src/transport/transport.ts';
import { ASYA, ATTR, joinDestination } from '../attributes.ts';
import { createHopContext, runInHopContext, runUntraced } from '../context/hopContext.ts';
import { setErrorStatus } from './errorStatus.ts';
import { journeySeconds } from '../hopTimes.ts';
import { isFailure, outcomeReason } from '../outcomes.ts';
import type { Guard } from '../guard.ts';
import { createTraceHeaders } from '../context/propagation.ts';
import { resolveParent } from '../context/spanParent.ts';

export interface TraceHopsOptions {
  readonly actor: string;
  readonly tracer: Tracer;
  /** The value of `messaging.system`. */
  readonly system: string;
  /** The role of this actor if it is an end. */
  readonly end?: 'happy-end' | 'error-end' | undefined;
  readonly maxGapMs: number;
  readonly describe?: DescribeDelivery | undefined;
  readonly guard: Guard;
}

/** The source of a delivery, in the broker's names. */
export interface DeliverySource {
  readonly server: { readonly hostname: string; readonly port: number } | undefined;
  readonly exchange: string;
  readonly routingKey: string;
  readonly queue: string;
  readonly deliveryTag: number;
}

/** Returns undefined for a delivery without a source. */
export type DescribeDelivery = (delivery: Delivery) => DeliverySource | undefined;

/** A hop with a started span. */
interface TracedHop {
  readonly span: Span;
  /** The hop, with the trace headers of the span. */
  readonly hop: Hop;
  readonly active: Context;
  readonly isOwnTrace: boolean;
  readonly isRecording: boolean;
}

/**
 * Creates a span `process <actor>` for each hop, from its delivery to its acknowledgment. The
 * publishes of the hop carry the span's trace context.
 */
export function traceHops(options: TraceHopsOptions): Layer<HopProcessor> {
  const { tracer, maxGapMs, guard } = options;
  const name = `process ${options.actor}`;
  const attributes = samplingAttributes(options);

  return (next) => (hop) => {
    const traced = guard.attempt(() => start(hop));
    if (traced === undefined) return runUntraced(guard, next, hop);
    const { active, isOwnTrace } = traced;
    const current = createHopContext(traced.hop, isOwnTrace);
    const work = (): Promise<Settled> => runInHopContext(guard, next, active, current);
    return traced.isRecording ? record(traced.span, hop, work) : work();
  };

  function start(hop: Hop): TracedHop {
    const parent = resolveParent(hop, { maxGapMs, nowMs: Date.now(), guard });
    const { context, links, isOwnTrace } = parent;
    const span = tracer.startSpan(name, { kind: SpanKind.CONSUMER, attributes, links }, context);
    const active = trace.setSpan(context, span);
    const isRecording = span.isRecording();
    if (isRecording) span.setAttributes(hopAttributes(hop, options));
    const traced = { ...hop, traceHeaders: createTraceHeaders(active, hop.envelope) };
    return { span, hop: traced, active, isOwnTrace, isRecording };
  }

  async function record(span: Span, hop: Hop, work: () => Promise<Settled>): Promise<Settled> {
    try {
      const settled = await work();
      guard.attempt(() => complete(span, hop, settled, options));
      return settled;
    } catch (error) {
      guard.attempt(() => setErrorStatus(span, messageOf(error)));
      throw error;
    } finally {
      guard.attempt(() => span.end());
    }
  }
}

/** The attributes that a sampler receives. */
function samplingAttributes({ actor, system }: TraceHopsOptions): Attributes {
  return {
    [ATTR.system]: system,
    [ATTR.operationName]: 'process',
    [ATTR.operationType]: 'process',
    [ATTR.destination]: actor,
  };
}

function hopAttributes(
  { envelope, delivery, attempt }: Hop,
  { actor, describe }: TraceHopsOptions,
): Attributes {
  return {
    ...sourceAttributes(describe?.(delivery)),
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

/** The attributes of the semantic conventions for RabbitMQ. */
function sourceAttributes(source: DeliverySource | undefined): Attributes {
  if (source === undefined) return {};
  const { exchange, routingKey, queue, deliveryTag, server } = source;
  return {
    [ATTR.destination]: joinDestination(exchange, routingKey, queue),
    [ATTR.routingKey]: routingKey,
    [ATTR.deliveryTag]: deliveryTag,
    [ATTR.serverAddress]: server?.hostname,
    [ATTR.serverPort]: server?.port,
  };
}

function complete(span: Span, hop: Hop, settled: Settled, { end }: TraceHopsOptions): void {
  const { name, fault, dispatched } = settled;
  const reason = outcomeReason(settled);
  const ageSeconds = journeySeconds(hop);
  span.setAttribute(ASYA.outcome, name);
  if (ageSeconds !== undefined) span.setAttribute(ASYA.journeyAge, ageSeconds);
  if (name === 'fanout') span.setAttribute(ASYA.fanoutSize, dispatched);
  if (reason !== undefined) span.setAttribute(ASYA.outcomeReason, reason);
  if (settled.reused === true) span.setAttribute(ASYA.reused, true);
  if (name === 'end') {
    span.setAttributes({
      [ASYA.end]: end,
      [ASYA.journeyDuration]: ageSeconds,
      [ASYA.journeyHops]: hop.envelope.headers.hops,
    });
  }
  if (isFailure(settled) && fault !== undefined) {
    span.setAttribute(ATTR.errorType, fault.code);
    setErrorStatus(span, faultText(fault));
  }
}
