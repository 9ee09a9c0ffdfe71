import { maxBy, minBy, quantile, sumBy } from '../promql.ts';
import { FINISHED, freeSlots } from '../hopQueries.ts';
import { alert, BY_ACTOR, promqlOver, type Group } from './rule.ts';

const q = promqlOver('15m');

/** The p99 above which hops are slow. Adjust it to your actors. */
const SLOW_SECONDS = 60;
/** A backlog is long if it takes more time than this at the current rate. */
const LONG_BACKLOG_SECONDS = 15 * 60;

const P99 = 'actor:asya_hop_duration_seconds:p99_15m';
const WAITING = 'actor:asya_messages_waiting:max';
const FREE = 'actor:asya_slots_free:sum';

/** Alerts for actors that are slow, stuck, or give up on messages. */
export function flowGroup(): Group {
  const hops = (window: string): string =>
    sumBy(
      BY_ACTOR,
      `increase(${q.select('messagesProcessed', 'status!="given_back"')}[${window}])`,
    );
  // A circuit breaker has its own alert, and a rate limit pauses as configured.
  const allLimited = `${minBy(BY_ACTOR, maxBy([...BY_ACTOR, 'instance'], `max_over_time(${q.select('paused', 'reason=~"breaker|rate_limit"')}[5m])`))} == 1`;
  const allDown = `${maxBy(BY_ACTOR, q.select('runtimeUp'))} == 0`;
  // Counters of a new process are still 0.
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
        expr: `${WAITING} > ${LONG_BACKLOG_SECONDS} * (${sumBy(BY_ACTOR, q.rate('messagesProcessed', FINISHED))} > 0) and delta(${WAITING}[30m]) > 0`,
        for: '15m',
        keepFiringFor: '10m',
        summary: 'the backlog of {{ $labels.actor }} is growing',
        description:
          '{{ $value }} messages are queued: more than 15 minutes of work at the current rate, and rising.',
      }),
      alert({
        name: 'AsyaStuckConsumer',
        severity: 'page',
        // Hops may be long, so an actor with all slots busy has an hour. AsyaRuntimeDown covers a
        // runtime that is down.
        expr: `min_over_time(${WAITING}[15m]) > 0 and ((${FREE} > 0 and ${hops('15m')} == 0) or (${hops('1h')} == 0 and ${knownFor('1h')})) unless ${allDown} unless ${allLimited}`,
        for: '5m',
        summary: '{{ $labels.actor }} is stuck',
        description: 'At least {{ $value }} messages are queued, but no hop finished.',
      }),
      alert({
        name: 'AsyaSlowHops',
        severity: 'ticket',
        expr: `${P99} > ${SLOW_SECONDS} and ${hops('15m')} > 10`,
        for: '15m',
        keepFiringFor: '10m',
        summary: 'hops of {{ $labels.actor }} are slow',
        description: `The 99th percentile is {{ $value | humanizeDuration }}; the threshold is ${SLOW_SECONDS} s.`,
      }),
      alert({
        name: 'AsyaRetriesSpent',
        severity: 'ticket',
        expr: `${sumBy([...BY_ACTOR, 'reason'], `increase(${q.select('retriesSpent')}[15m])`)} > 0`,
        keepFiringFor: '30m',
        summary: 'messages of {{ $labels.actor }} exhausted their attempts: {{ $labels.reason }}',
        description:
          'Messages went to error-end after their last attempt within the last 15 minutes.',
      }),
    ],
  };
}
