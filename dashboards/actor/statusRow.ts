import type { Row } from '../dashboard.ts';
import { ANY_IS_CRITICAL, ERROR_BUDGET } from '../panels/panel.ts';
import { nameStat, stat } from '../panels/charts.ts';
import { maxBy, orZero, quantile, ratio, sumBy, type Promql } from '../promql.ts';
import { instantQuery } from '../panels/queries.ts';
import { FINISHED, freeSlots } from '../hopQueries.ts';

/** The state of one actor in eight numbers. */
export function statusRow(q: Promql): Row {
  const width = 3;
  const done = sumBy([], q.rate('messagesProcessed', FINISHED));
  return {
    title: '$actor: status',
    panels: [
      stat({
        title: 'Replicas not ready',
        description:
          'Replicas whose /readyz fails. If above 0, query /readyz of the instance for the reason; the timelines below show when it started.',
        unit: 'short',
        width,
        thresholds: ANY_IS_CRITICAL,
        expr: `sum(${q.select('ready')} == bool 0)`,
      }),
      stat({
        title: 'Hops per second',
        description:
          'Finished hops per second, over all replicas. Zero while messages are queued means that the actor is stuck: see the replica states below.',
        unit: 'ops',
        width,
        expr: done,
      }),
      stat({
        title: 'Failed hops',
        description:
          'Share of finished hops that went to error-end. Above 0.1 %, the actor exceeds its error budget. The Outcomes row shows the fault codes.',
        unit: 'percentunit',
        width,
        thresholds: ERROR_BUDGET,
        noValue: 'no hops',
        expr: ratio(orZero(sumBy([], q.rate('messagesFailed')), done), done),
      }),
      stat({
        title: 'Hop duration, p99',
        description:
          '99th percentile of the time from delivery to settlement. The Latency row shows how much of it each phase takes.',
        unit: 's',
        width,
        noValue: 'no hops',
        expr: quantile(0.99, [], q.buckets('processingDuration')),
      }),
      stat({
        title: 'Queued messages',
        description:
          'Messages ready in the queue; unsettled messages are not counted. If it keeps rising, add replicas, raise ASYA_CONCURRENCY, or repair the runtime.',
        unit: 'short',
        width,
        noValue: 'not reported by this transport',
        expr: maxBy([], q.select('queueDepth')),
      }),
      stat({
        title: 'Queue wait, p95',
        description:
          '95th percentile of the time that messages waited in the queue. Senders experience this delay in addition to the hop duration. If it rises, add replicas or raise ASYA_CONCURRENCY.',
        unit: 's',
        width,
        noValue: 'no hops',
        expr: quantile(0.95, [], q.buckets('queueWait')),
      }),
      stat({
        title: 'Free slots',
        description:
          'Number of additional hops that the replicas can run. If it is 0 while messages are queued, the actor is saturated: add replicas or raise ASYA_CONCURRENCY.',
        unit: 'short',
        width,
        expr: freeSlots(q, []),
      }),
      nameStat({
        title: 'Versions',
        description:
          'Running versions, from the build information. More than one version means that a deployment is in progress or has stalled.',
        unit: 'string',
        width,
        targets: [instantQuery(sumBy(['version'], q.select('buildInfo')), '{{version}}')],
      }),
    ],
  };
}
