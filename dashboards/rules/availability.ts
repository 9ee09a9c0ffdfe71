import { maxBy, sumBy, type Metric } from '../promql.ts';
import { alert, BY_ACTOR, promqlOver, type Group } from './rule.ts';

const q = promqlOver('5m');
const BY_REPLICA = [...BY_ACTOR, 'instance'].join(', ');

/** What keeps an actor from working at all. */
export function availabilityGroup(): Group {
  const anyRuntime = maxBy(BY_ACTOR, q.select('runtimeUp'));
  // Of many replicas there is always one that reconnects: only those count that have been so for a
  // while.
  const lasting = (metric: Metric, value: 0 | 1): string =>
    sumBy(
      BY_ACTOR,
      `${value === 0 ? 'max' : 'min'}_over_time(${q.select(metric)}[2m]) == bool ${value}`,
    );
  const known = `last_over_time(${q.select('buildInfo')}[1d])`;
  // The senders may be of another job.
  const sent = q.select('messagesSent', 'message_type=~"routing|happy_end|error_end"');
  const sentTo = `label_replace(${sumBy(['namespace', 'destination_queue'], `increase(${sent}[15m])`)}, "actor", "$1", "destination_queue", "(.+)")`;
  return {
    name: 'asya-availability',
    rules: [
      alert({
        name: 'AsyaRuntimeDown',
        severity: 'page',
        expr: `${anyRuntime} == 0`,
        for: '5m',
        summary: 'no runtime of {{ $labels.actor }} can be called',
        description: 'Nothing is processed. Messages stay in the queue and are not lost.',
      }),
      alert({
        name: 'AsyaRuntimeDownOnReplica',
        severity: 'ticket',
        expr: `${q.select('runtimeUp')} == 0 and on (${BY_ACTOR.join(', ')}) ${anyRuntime} == 1`,
        for: '15m',
        summary: 'the runtime of {{ $labels.actor }} on {{ $labels.instance }} cannot be called',
        description: 'Other replicas work. This one takes no messages.',
      }),
      alert({
        name: 'AsyaPausedTooLong',
        severity: 'ticket',
        // A runtime that is down has alerts of its own.
        expr: `${q.select('paused')} == 1 unless on (${BY_REPLICA}) ${q.select('runtimeUp')} == 0`,
        for: '15m',
        summary:
          '{{ $labels.actor }} on {{ $labels.instance }} takes no messages: {{ $labels.reason }}',
        description: 'Consuming has been paused for a quarter of an hour.',
      }),
      alert({
        name: 'AsyaBrokerDisconnected',
        severity: 'page',
        expr: `${lasting('brokerConnected', 0)} > 0`,
        for: '3m',
        summary: 'sidecars of {{ $labels.actor }} have no connection to the broker',
        description: '{{ $value }} of them try to connect again, with back-off.',
      }),
      alert({
        name: 'AsyaBrokerBlocked',
        severity: 'page',
        expr: `${lasting('brokerBlocked', 1)} > 0`,
        for: '3m',
        summary: 'the broker takes no publishes of {{ $labels.actor }}',
        description:
          'Its memory or disk alarm is on, as {{ $value }} sidecars were told. Results wait, each in its slot.',
      }),
      alert({
        name: 'AsyaHopsHeld',
        severity: 'page',
        expr: `${sumBy([...BY_ACTOR, 'reason'], `min_over_time(${q.select('held')}[2m])`)} > 0`,
        for: '8m',
        summary: '{{ $labels.actor }} holds finished hops: {{ $labels.reason }}',
        description:
          'The broker has not taken the results of {{ $value }} hops. Each keeps a slot busy.',
      }),
      alert({
        name: 'AsyaActorGone',
        severity: 'page',
        expr: `${sentTo} > 0 and on (namespace, actor) ${known} unless on (namespace, actor) ${q.select('buildInfo')}`,
        for: '10m',
        summary: 'no sidecar of {{ $labels.actor }} is scraped',
        description:
          'It had one within the last day, and envelopes are still sent to it. They wait in its queue.',
      }),
      alert({
        name: 'AsyaSidecarSilent',
        severity: 'ticket',
        expr: `up == 0 and on (job, instance) ${known}`,
        for: '10m',
        summary: 'the sidecar on {{ $labels.instance }} does not answer Prometheus',
        description: 'It did within the last day. It hangs, or is started again and again.',
      }),
      alert({
        name: 'AsyaNothingScraped',
        severity: 'ticket',
        expr: `absent(${q.select('buildInfo')})`,
        for: '10m',
        summary: 'no sidecar is scraped',
        description:
          'Prometheus has no metrics of any sidecar, so no other alert of Asya can fire.',
      }),
    ],
  };
}
