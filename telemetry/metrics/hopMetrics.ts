import type { Hop, Settled } from '../../src/hop/hop.ts';
import { SendError } from '../../src/transport/transport.ts';
import { ATTR } from '../attributes.ts';
import { journeySeconds, queueWaitMs } from '../hopTimes.ts';
import { isFailure, STATUS } from '../outcomes.ts';
import { MESSAGE_TYPE } from './labelValues.ts';
import type { Recorder } from './recorder.ts';
import type { HopObserver, PublishObserver } from '../observers.ts';

/** Measures every hop. It runs inside the hop's span, to which the exemplars point. */
export function measureHops(
  record: Recorder,
  { concurrency }: { readonly concurrency: number },
): HopObserver {
  let active = 0;
  // The time since when a free concurrency slot has waited for a message.
  let freeSinceMs = performance.now();

  return (hop, startMs) => {
    if (active < concurrency) record.receiveDuration((startMs - freeSinceMs) / 1000);
    freeSinceMs = startMs;
    active++;
    record.activeMessages(1);
    recordReceived(record, hop);
    return (settled, durationMs) => {
      if (settled !== undefined) recordSettled(record, hop, settled, durationMs / 1000);
      if (active-- === concurrency) freeSinceMs = performance.now();
      record.activeMessages(-1);
    };
  };
}

function recordReceived(record: Recorder, { delivery }: Hop): void {
  record.messagesReceived(1);
  record.consumedMessages(1);
  record.envelopeSize(delivery.body.length, { direction: 'received' });
  const waitMs = queueWaitMs(delivery.headers, Date.now());
  if (waitMs !== undefined) record.queueWait(waitMs / 1000);
}

function recordSettled(record: Recorder, hop: Hop, settled: Settled, seconds: number): void {
  const { name, fault, dispatched } = settled;
  record.processingDuration(seconds);
  record.processDuration(
    seconds,
    isFailure(settled) && fault !== undefined ? { 'error.type': fault.code } : {},
  );
  record.messagesProcessed(1, { status: STATUS[name] });
  // The earlier delivery has counted the outcome.
  if (settled.reused === true) return record.repliesReused(1);
  switch (name) {
    case 'retry':
      // Neither spends an attempt, and the runtime has not deferred the message.
      if (settled.probe === true || settled.alone === true) break;
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
  if (fault !== undefined && STATUS[name] === 'error') {
    record.messagesFailed(1, { reason: fault.code });
  }
}

function recordJourney(record: Recorder, hop: Hop): void {
  const seconds = journeySeconds(hop);
  if (seconds !== undefined) record.journeyDuration(seconds);
  record.journeyHops(hop.envelope.headers.hops);
}

/** Counts and times each publish. */
export function measurePublishes(record: Recorder): PublishObserver {
  return ({ to, kind, message }, durationMs, error) => {
    const seconds = durationMs / 1000;
    if (error !== undefined) {
      const failed = error instanceof SendError ? { 'error.type': error.code } : {};
      return recordAttempt(record, to, seconds, failed);
    }
    const destination_queue = actorOf(to);
    record.messagesSent(1, { destination_queue, message_type: MESSAGE_TYPE[kind] });
    record.sendDuration(seconds, { destination_queue });
    record.envelopeSize(message.body.length, { direction: 'sent' });
    recordAttempt(record, to, seconds, {});
  };
}

function recordAttempt(
  record: Recorder,
  queue: string,
  seconds: number,
  failed: { 'error.type'?: SendError['code'] },
): void {
  const labels = { [ATTR.destination]: actorOf(queue), ...failed };
  record.sentMessages(1, labels);
  record.operationDuration(seconds, labels);
}

/** Parked queues count as their actor's queue. */
function actorOf(queue: string): string {
  const end = queue.indexOf(':');
  return end < 0 ? queue : queue.slice(0, end);
}
