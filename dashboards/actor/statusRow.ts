import type { Row } from '../dashboard.ts';
import { NONE_ALLOWED, OF_BUDGET } from '../panels/panel.ts';
import { names, number } from '../panels/charts.ts';
import { maxBy, orZero, quantile, ratio, sumBy, type Promql } from '../promql.ts';
import { latest } from '../panels/queries.ts';
import { DECIDED, freeSlots } from '../hopQueries.ts';

/** The state of the actor in eight numbers. */
export function now(q: Promql): Row {
  const width = 3;
  const done = sumBy([], q.rate('messagesProcessed', DECIDED));
  return {
    title: '$actor: is anything wrong now?',
    panels: [
      number({
        title: 'Replicas not ready',
        description:
          'Replicas whose /readyz says no. Above 0: ask /readyz of the instance, which names the reason; the timelines below tell since when.',
        unit: 'short',
        width,
        limits: NONE_ALLOWED,
        expr: `sum(${q.select('ready')} == bool 0)`,
      }),
      number({
        title: 'Hops a second',
        description:
          'Finished hops, of all replicas. Zero while messages wait means that the actor is stuck: see its states below.',
        unit: 'ops',
        width,
        expr: done,
      }),
      number({
        title: 'Hops that failed',
        description:
          'The share of finished hops that went to error-end. Over 0.1 % the error budget burns. The codes are below.',
        unit: 'percentunit',
        width,
        limits: OF_BUDGET,
        noValue: 'no hops',
        expr: ratio(orZero(sumBy([], q.rate('messagesFailed')), done), done),
      }),
      number({
        title: 'Duration of a hop, p99',
        description:
          'The slowest hundredth takes longer, from delivery to settled. Where the time goes is shown below.',
        unit: 's',
        width,
        noValue: 'no hops',
        expr: quantile(0.99, [], q.buckets('processingDuration')),
      }),
      number({
        title: 'Messages waiting',
        description:
          'Ready in the queue, not counting what is being worked on. Rising for long: add replicas or concurrency, or mend the runtime.',
        unit: 'short',
        width,
        noValue: 'not told by this transport',
        expr: maxBy([], q.select('queueDepth')),
      }),
      number({
        title: 'Waiting in queue, p95',
        description:
          'How long messages were due before a replica took them. This is what the senders feel beside the hop itself. Rising: add replicas or concurrency.',
        unit: 's',
        width,
        noValue: 'no hops',
        expr: quantile(0.95, [], q.buckets('queueWait')),
      }),
      number({
        title: 'Slots free',
        description:
          'How many more hops all replicas together could take at once. 0 with messages waiting is saturation: add replicas or raise ASYA_CONCURRENCY.',
        unit: 'short',
        width,
        expr: freeSlots(q, []),
      }),
      names({
        title: 'Versions',
        description:
          'What runs, from the build information. More than one: a deployment is under way, or got stuck half-way.',
        unit: 'string',
        width,
        targets: [latest(sumBy(['version'], q.select('buildInfo')), '{{version}}')],
      }),
    ],
  };
}
