import { SpanKind, trace, type Attributes, type Span, type Tracer } from '@opentelemetry/api';
import { messageOf } from '../src/errors.ts';
import type { Hop, Layer, Settled, Work } from '../src/hop.ts';
import type { Delivery } from '../src/transport/transport.ts';
import { ASYA, ATTR, destinationOf } from './attributes.ts';
import { goOn } from './current.ts';
import { isFailure, journeySeconds, markFailed } from './ending.ts';
import { recordingBegins, recordingEnds } from './exemplar.ts';
import { headersOf, lineageOf } from './propagation.ts';

export interface TraceHopsOptions {
  readonly actor: string;
  readonly tracer: Tracer;
  /** The value of `messaging.system`. */
  readonly system: string;
  /** The role of this actor, when it is an end. */
  readonly end?: 'happy-end' | 'error-end' | undefined;
  readonly maxGapMs: number;
}

/** A span `process <actor>` for each hop, from delivery to settled; what the hop sends carries its context. */
export function traceHops(options: TraceHopsOptions): Layer<Work> {
  const { tracer, maxGapMs } = options;
  const name = `process ${options.actor}`;
  const attributes = messagingOf(options);

  return (next) => (hop) => {
    const { context: parent, links, isOwn } = lineageOf(hop, { maxGapMs, nowMs: Date.now() });
    const span = tracer.startSpan(name, { kind: SpanKind.CONSUMER, attributes, links }, parent);
    const active = trace.setSpan(parent, span);
    Object.assign(hop.context, headersOf(active));
    const work = (): Promise<Settled> => goOn(next, active, { hop, isOwnTrace: isOwn });
    return span.isRecording() ? record(span, hop, work) : work();
  };

  async function record(span: Span, hop: Hop, work: () => Promise<Settled>): Promise<Settled> {
    recordingBegins();
    span.setAttributes(hopOf(hop, options));
    try {
      const settled = await work();
      complete(span, hop, settled, options);
      return settled;
    } catch (error) {
      markFailed(span, messageOf(error));
      throw error;
    } finally {
      span.end();
      recordingEnds();
    }
  }
}

/** What a sampler sees. */
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
    ...originOf(delivery),
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

/** As the conventions for RabbitMQ tell it. */
function originOf({ origin }: Delivery): Attributes {
  if (origin === undefined) return {};
  const { exchange, routingKey, queue, deliveryTag, server } = origin;
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
