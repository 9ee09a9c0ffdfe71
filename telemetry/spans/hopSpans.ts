import {
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { messageOf } from '../../src/faults.ts';
import type { Hop, Settled, HopProcessor } from '../../src/hop/hop.ts';
import type { Layer } from '../../src/compose.ts';
import type { Delivery } from '../../src/transport/transport.ts';
import { ASYA, ATTR, destinationOf } from '../attributes.ts';
import { runInHopContext, runUntraced, type HopContext } from '../context/hopContext.ts';
import { markFailed } from './spanStatus.ts';
import { journeySeconds } from '../hopTimes.ts';
import { isFailure } from '../outcomes.ts';
import type { Guard } from '../guard.ts';
import { createTraceHeaders } from '../context/propagation.ts';
import { resolveParent } from '../context/spanParent.ts';

export interface TraceHopsOptions {
  readonly actor: string;
  readonly tracer: Tracer;
  /** The value of `messaging.system`. */
  readonly system: string;
  /** The role of this actor, when it is an end. */
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

/** A hop whose span has started. */
interface Begun {
  readonly span: Span;
  /** With the trace headers of the span. */
  readonly hop: Hop;
  readonly active: Context;
  readonly isOwnTrace: boolean;
  readonly isRecording: boolean;
}

/**
 * A span `process <actor>` for each hop, from its delivery to its acknowledgment. Its dispatches
 * carry the trace context of the span.
 */
export function traceHops(options: TraceHopsOptions): Layer<HopProcessor> {
  const { tracer, maxGapMs, guard } = options;
  const name = `process ${options.actor}`;
  const attributes = messagingOf(options);

  return (next) => (hop) => {
    const begun = guard.attempt(() => begin(hop));
    if (begun === undefined) return runUntraced(guard, next, hop);
    const { active, isOwnTrace, hop: traced } = begun;
    const current: HopContext = { hop: traced, isOwnTrace };
    const work = (): Promise<Settled> => runInHopContext(guard, next, active, current);
    return begun.isRecording ? record(begun.span, hop, work) : work();
  };

  function begin(hop: Hop): Begun {
    const parent = resolveParent(hop, { maxGapMs, nowMs: Date.now(), guard });
    const { context, links, isOwnTrace } = parent;
    const span = tracer.startSpan(name, { kind: SpanKind.CONSUMER, attributes, links }, context);
    const active = trace.setSpan(context, span);
    const isRecording = span.isRecording();
    if (isRecording) span.setAttributes(hopOf(hop, options));
    const traced = { ...hop, traceHeaders: createTraceHeaders(active, hop.envelope) };
    return { span, hop: traced, active, isOwnTrace, isRecording };
  }

  async function record(span: Span, hop: Hop, work: () => Promise<Settled>): Promise<Settled> {
    try {
      const settled = await work();
      guard.attempt(() => complete(span, hop, settled, options));
      return settled;
    } catch (error) {
      guard.attempt(() => markFailed(span, messageOf(error)));
      throw error;
    } finally {
      guard.attempt(() => span.end());
    }
  }
}

/** The attributes that a sampler receives. */
function messagingOf({ actor, system }: TraceHopsOptions): Attributes {
  return {
    [ATTR.system]: system,
    [ATTR.operationName]: 'process',
    [ATTR.operationType]: 'process',
    [ATTR.destination]: actor,
  };
}

function hopOf(
  { envelope, delivery, attempt }: Hop,
  { actor, describe }: TraceHopsOptions,
): Attributes {
  return {
    ...sourceOf(describe?.(delivery)),
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
function sourceOf(source: DeliverySource | undefined): Attributes {
  if (source === undefined) return {};
  const { exchange, routingKey, queue, deliveryTag, server } = source;
  return {
    [ATTR.destination]: destinationOf(exchange, routingKey, queue),
    [ATTR.routingKey]: routingKey,
    [ATTR.deliveryTag]: deliveryTag,
    [ATTR.serverAddress]: server?.hostname,
    [ATTR.serverPort]: server?.port,
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
  }
}
