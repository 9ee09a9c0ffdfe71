import { maxBy, sumBy, type Metric } from '../promql.ts';
import { alert, BY_ACTOR, over, type Group } from './rule.ts';

const q = over('5m');
const BY_REPLICA = [...BY_ACTOR, 'instance'].join(', ');

/** What keeps an actor from working at all. */
export function availabilityGroup(): Group {
  const anyRuntime = maxBy(BY_ACTOR, q.select('runtimeUp'));
  const is = (metric: Metric, value: 0 | 1): string =>
    sumBy(BY_ACTOR, `${q.select(metric)} == bool ${value}`);
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
        summary: '{{ $labels.actor }} on {{ $labels.instance }} takes no messages: {{ $labels.reason }}',
        description: 'Consuming has been paused for a quarter of an hour.',
      }),
      alert({
        name: 'AsyaBrokerDisconnected',
        severity: 'page',
        expr: `${is('brokerConnected', 0)} > 0`,
        for: '5m',
        summary: '{{ $labels.actor }} has no connection to the broker',
        description: '{{ $value }} of its sidecars try to connect again, with back-off.',
      }),
      alert({
        name: 'AsyaBrokerBlocked',
        severity: 'page',
        expr: `${is('brokerBlocked', 1)} > 0`,
        for: '5m',
        summary: 'the broker takes no publishes of {{ $labels.actor }}',
        description: 'Its memory or disk alarm is on, as {{ $value }} sidecars were told. Results are held.',
      }),
      alert({
        name: 'AsyaHopsHeld',
        severity: 'page',
        expr: `${sumBy([...BY_ACTOR, 'reason'], q.select('held'))} > 0`,
        for: '10m',
        summary: '{{ $labels.actor }} holds finished hops: {{ $labels.reason }}',
        description: 'The broker has not taken the results of {{ $value }} hops. Each keeps a slot busy.',
      }),
      alert({
        name: 'AsyaNothingScraped',
        severity: 'ticket',
        expr: `absent(${q.select('buildInfo')})`,
        for: '10m',
        summary: 'no sidecar is scraped',
        description: 'Prometheus has no metrics of any sidecar, so no other alert of Asya can fire.',
      }),
    ],
  };
}
