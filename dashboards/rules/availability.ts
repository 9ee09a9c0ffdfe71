import { maxBy, sumBy, type Metric } from '../promql.ts';
import { alert, BY_ACTOR, promqlOver, type Group } from './rule.ts';

const q = promqlOver('5m');
const BY_REPLICA = [...BY_ACTOR, 'instance'].join(', ');

/** Alerts for actors that cannot work at all. */
export function availabilityGroup(): Group {
  const anyRuntime = maxBy(BY_ACTOR, q.select('runtimeUp'));
  // In a large deployment some replica is always reconnecting, so count only those that have been
  // in the state for two minutes.
  const lasting = (metric: Metric, value: 0 | 1): string =>
    sumBy(
      BY_ACTOR,
      `${value === 0 ? 'max' : 'min'}_over_time(${q.select(metric)}[2m]) == bool ${value}`,
    );
  const known = `last_over_time(${q.select('buildInfo')}[1d])`;
  // The senders may belong to another job.
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
        summary: 'all runtimes of {{ $labels.actor }} are down',
        description: 'The actor processes no messages. They stay in the queue and are not lost.',
      }),
      alert({
        name: 'AsyaRuntimeDownOnReplica',
        severity: 'ticket',
        expr: `${q.select('runtimeUp')} == 0 and on (${BY_ACTOR.join(', ')}) ${anyRuntime} == 1`,
        for: '15m',
        summary: 'the runtime of {{ $labels.actor }} on {{ $labels.instance }} is down',
        description: 'This replica does not consume. Other replicas of the actor work.',
      }),
      alert({
        name: 'AsyaPausedTooLong',
        severity: 'ticket',
        // Other alerts cover a runtime that is down or fails. A rate limit pauses as configured.
        expr: `${q.select('paused', 'reason!~"breaker|rate_limit"')} == 1 unless on (${BY_REPLICA}) ${q.select('runtimeUp')} == 0`,
        for: '15m',
        summary: '{{ $labels.actor }} on {{ $labels.instance }} is paused: {{ $labels.reason }}',
        description: 'The replica has not consumed messages for 15 minutes.',
      }),
      alert({
        name: 'AsyaBreakerOpen',
        severity: 'page',
        // A pause ends for moments, in which the next envelope probes.
        expr: `${sumBy(BY_ACTOR, `max_over_time(${q.select('paused', 'reason="breaker"')}[2m]) == bool 1`)} > 0`,
        for: '1m',
        summary: 'the runtimes of {{ $labels.actor }} fail most of their calls',
        description:
          'The circuit breakers of {{ $value }} replicas are open. They do not consume; messages stay in the queue and are not lost.',
      }),
      alert({
        name: 'AsyaBrokerDisconnected',
        severity: 'page',
        expr: `${lasting('brokerConnected', 0)} > 0`,
        for: '3m',
        summary: 'sidecars of {{ $labels.actor }} are disconnected from the broker',
        description: '{{ $value }} sidecars reconnect with backoff.',
      }),
      alert({
        name: 'AsyaBrokerBlocked',
        severity: 'page',
        expr: `${lasting('brokerBlocked', 1)} > 0`,
        for: '3m',
        summary: 'the broker blocks publishing for {{ $labels.actor }}',
        description:
          '{{ $value }} sidecars report a memory or disk alarm. Held results occupy their slots until it clears.',
      }),
      alert({
        name: 'AsyaHopsHeld',
        severity: 'page',
        expr: `${sumBy([...BY_ACTOR, 'reason'], `min_over_time(${q.select('held')}[2m])`)} > 0`,
        for: '8m',
        summary: '{{ $labels.actor }} holds finished hops: {{ $labels.reason }}',
        description:
          'The broker has not confirmed the results of {{ $value }} hops. Each of them occupies a slot.',
      }),
      alert({
        name: 'AsyaActorGone',
        severity: 'page',
        expr: `${sentTo} > 0 and on (namespace, actor) ${known} unless on (namespace, actor) ${q.select('buildInfo')}`,
        for: '10m',
        summary: 'no sidecar of {{ $labels.actor }} is scraped',
        description:
          'The actor had a sidecar within the last day, and still receives envelopes. They accumulate in its queue.',
      }),
      alert({
        name: 'AsyaSidecarSilent',
        severity: 'ticket',
        expr: `up == 0 and on (job, instance) ${known}`,
        for: '10m',
        summary: 'the sidecar on {{ $labels.instance }} cannot be scraped',
        description:
          'Prometheus scraped it within the last day. It hangs, is in a restart loop, or is unreachable.',
      }),
      alert({
        name: 'AsyaNothingScraped',
        severity: 'ticket',
        expr: `absent(${q.select('buildInfo')})`,
        for: '10m',
        summary: 'Prometheus scrapes no sidecars',
        description: 'Without metrics of any sidecar, no other Asya alert can fire.',
      }),
    ],
  };
}
