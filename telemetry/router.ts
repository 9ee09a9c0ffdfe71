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
import { parseDate } from '../src/headers.ts';
import type { Hop, Layer, Settled, Work } from '../src/hop.ts';
import { takeOver, type Arrivals } from './adopted.ts';
import { ASYA, ATTR } from './attributes.ts';
import { headersOf, lineageOf, markOwn, waitedSince, type Lineage } from './propagation.ts';
import type { Recorder } from './recorder.ts';
import { STATUS } from './instruments.ts';

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
  /** The span, and how to end it. */
  function open(hop: Hop, lineage: Lineage): [Span, () => void] {
    const arrival = options.arrivals.take(hop.delivery);
    const name = `process ${options.actor}`;
    if (arrival !== undefined && lineage.byTransport) {
      arrival
        .updateName(name)
        .setAttributes(hopOf(hop, options))
        .addLinks([...lineage.links]);
      return [arrival, takeOver(arrival)];
    }
    if (arrival !== undefined) takeOver(arrival)();
    const stray = arrival?.spanContext() ?? lineage.stray;
    const span = options.tracer.startSpan(
      name,
      {
        kind: SpanKind.CONSUMER,
        attributes: { ...messagingOf(options), ...hopOf(hop, options) },
        links: [...lineage.links, ...(stray === undefined ? [] : [{ context: stray }])],
      },
      lineage.context,
    );
    return [span, () => span.end()];
  }

  return (next) => async (hop) => {
    const lineage = lineageOf(hop, { maxGapMs: options.maxGapMs, nowMs: Date.now() });
    const [span, end] = open(hop, lineage);
    const active = trace.setSpan(lineage.context, span);
    Object.assign(hop.context, headersOf(active));
    try {
      const settled = await context.with(lineage.isOwn ? markOwn(active) : active, next, undefined, hop);
      if (span.isRecording()) complete(span, hop, settled, options);
      return settled;
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
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
    span.setStatus({ code: SpanStatusCode.ERROR, message: fault.message });
  } else if (name === 'give_back' || hop.delivery.gone) {
    // The instrumentation takes every nack, and a channel that closes, for an error of the hop. Only OK undoes it.
    span.setStatus({ code: SpanStatusCode.OK });
  }
}

/** Counts and times every hop. Inside of the tracing, so that exemplars point to the hop's span. */
export function measureHops(
  record: Recorder,
  { concurrency }: { readonly concurrency: number },
): Layer<Work> {
  let active = 0;
  // When there last was room for a message that had not come yet.
  let roomSince = performance.now();

  return (next) => async (hop) => {
    const start = performance.now();
    if (active < concurrency) record.receiveDuration((start - roomSince) / 1000);
    roomSince = start;
    active++;
    record.activeMessages(1);
    recordArrival(record, hop);
    try {
      const settled = await next(hop);
      recordSettled(record, hop, settled, (performance.now() - start) / 1000);
      return settled;
    } finally {
      if (active-- === concurrency) roomSince = performance.now();
      record.activeMessages(-1);
    }
  };
}

function recordArrival(record: Recorder, { delivery }: Hop): void {
  record.messagesReceived(1);
  record.consumedMessages(1);
  record.envelopeSize(delivery.body.length, { direction: 'received' });
  const waitedMs = waitedSince(delivery.headers, Date.now());
  if (waitedMs !== undefined) record.queueWait(waitedMs / 1000);
}

function recordSettled(record: Recorder, hop: Hop, settled: Settled, seconds: number): void {
  const { name, fault, dispatched } = settled;
  record.processingDuration(seconds);
  record.processDuration(
    seconds,
    isFailure(settled) && fault !== undefined ? { 'error.type': fault.code } : {},
  );
  record.messagesProcessed(1, { status: STATUS[name] });
  // What became of the message was counted when it was decided.
  if (settled.reused === true) return record.repliesReused(1);
  switch (name) {
    case 'retry':
      if (settled.deferral === true) record.deferrals(1);
      else if (fault !== undefined) record.retries(1, { reason: fault.code });
      break;
    case 'give_back':
      if (settled.giveBack !== undefined) record.givenBack(1, { reason: settled.giveBack });
      break;
    case 'retry_spent':
      if (fault !== undefined) record.retriesSpent(1, { reason: fault.code });
      break;
    case 'fanout':
      record.fanoutWidth(dispatched);
      break;
    case 'end':
      recordJourney(record, hop);
      break;
    case 'forward':
    case 'empty':
    case 'forwarded':
    case 'error_end':
    case 'parked':
  }
  if (fault !== undefined && STATUS[name] === 'error') record.messagesFailed(1, { reason: fault.code });
}

function recordJourney(record: Recorder, hop: Hop): void {
  const seconds = journeySeconds(hop);
  if (seconds !== undefined) record.journeyDuration(seconds);
  record.journeyHops(hop.envelope.headers.hops);
}

/** Since the journey began, by two clocks. */
function journeySeconds({ envelope }: Hop): number | undefined {
  const { startedAt } = envelope.headers;
  const startedMs = startedAt === undefined ? undefined : parseDate(startedAt);
  return startedMs === undefined ? undefined : Math.max(0, Date.now() - startedMs) / 1000;
}

/** A deferral spends no attempt, and what is given back has not been tried. */
function isFailure({ name, deferral }: Settled): boolean {
  return name !== 'give_back' && deferral !== true;
}
