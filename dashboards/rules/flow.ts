import { maxBy, quantile, sumBy } from '../promql.ts';
import { FINISHED, freeSlots } from '../hopQueries.ts';
import { alert, BY_ACTOR, increased, promqlOver, type Group } from './rule.ts';

const q = promqlOver('15m');

/** From which p99 on hops are slow; choose your own. */
const SLOW_SECONDS = 60;
/** A backlog that takes longer than this at the present rate. */
const LONG_TO_DRAIN_SECONDS = 15 * 60;

const P99 = 'actor:asya_hop_duration_seconds:p99_15m';
const WAITING = 'actor:asya_messages_waiting:max';
const FREE = 'actor:asya_slots_free:sum';

/** What moves too slowly, or not at all. */
export function flowGroup(): Group {
  const hops = (window: string): string =>
    sumBy(
      BY_ACTOR,
      `increase(${q.select('messagesProcessed', 'status!="given_back"')}[${window}])`,
    );
  const allDown = `${maxBy(BY_ACTOR, q.select('runtimeUp'))} == 0`;
  // A process that has just started has counted nothing yet.
  const knownFor = (time: string): string =>
    `${sumBy(BY_ACTOR, `${q.select('messagesProcessed')} offset ${time}`)} >= 0`;
  return {
    name: 'asya-flow',
    rules: [
      { record: P99, expr: quantile(0.99, BY_ACTOR, q.buckets('processingDuration')) },
      { record: WAITING, expr: maxBy(BY_ACTOR, q.select('queueDepth')) },
      { record: FREE, expr: freeSlots(q, BY_ACTOR) },
      alert({
        name: 'AsyaBacklogGrowing',
        severity: 'ticket',
        expr: `${WAITING} > ${LONG_TO_DRAIN_SECONDS} * (${sumBy(BY_ACTOR, q.rate('messagesProcessed', FINISHED))} > 0) and delta(${WAITING}[30m]) > 0`,
        for: '15m',
        keepFiringFor: '10m',
        summary: 'the backlog of {{ $labels.actor }} grows',
        description:
          '{{ $value }} messages wait: over a quarter of an hour of work at the present rate, and rising.',
      }),
      alert({
        name: 'AsyaStuckConsumer',
        severity: 'page',
        // A hop may take long; with every slot busy it gets an hour. A runtime that is down has an
        // alert of its own.
        expr: `min_over_time(${WAITING}[15m]) > 0 and ((${FREE} > 0 and ${hops('15m')} == 0) or (${hops('1h')} == 0 and ${knownFor('1h')})) unless ${allDown}`,
        for: '5m',
        summary: '{{ $labels.actor }} is stuck',
        description: '{{ $value }} messages or more have waited, and nothing was processed.',
      }),
      alert({
        name: 'AsyaSlowHops',
        severity: 'ticket',
        expr: `${P99} > ${SLOW_SECONDS} and ${hops('15m')} > 10`,
        for: '15m',
        keepFiringFor: '10m',
        summary: 'hops of {{ $labels.actor }} are slow',
        description: `The slowest hundredth takes over {{ $value | humanizeDuration }}; the limit is ${SLOW_SECONDS} s.`,
      }),
      alert({
        name: 'AsyaRetriesSpent',
        severity: 'ticket',
        expr: `${sumBy([...BY_ACTOR, 'reason'], `increase(${q.select('retriesSpent')}[15m])`)} > 0`,
        keepFiringFor: '30m',
        summary: '{{ $labels.actor }} has given up on messages: {{ $labels.reason }}',
        description:
          'Their last attempt failed in the last quarter of an hour, and they went to error-end.',
      }),
      alert({
        name: 'AsyaEnvelopesParked',
        severity: 'ticket',
        expr: increased(BY_ACTOR, q.select('messagesSent', 'message_type="parked"'), '1h'),
        keepFiringFor: '30m',
        summary: '{{ $labels.actor }} has parked envelopes',
        description:
          'Error-end could not take them. They wait in a queue without a consumer until a person comes.',
      }),
    ],
  };
}
