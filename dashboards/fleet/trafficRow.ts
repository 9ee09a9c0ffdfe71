import type { Row } from '../dashboard.ts';
import { OF_BUDGET } from '../panels/panel.ts';
import { CLICKED, toActor } from '../links.ts';
import { graph } from '../panels/charts.ts';
import { maxBy, quantile, ratio, sumBy, type Promql } from '../promql.ts';
import { series, withExemplars } from '../panels/queries.ts';
import { DECIDED, freeSlots } from '../hopQueries.ts';

const BY = ['actor'];
const legend = '{{actor}}';

/** Rate, errors, duration, waiting and saturation, a line for each actor. */
export function work(q: Promql): Row {
  const links = [toActor(CLICKED.series)];
  return {
    title: 'Where is the work?',
    panels: [
      graph({
        title: 'Hops a second',
        description:
          'Finished hops by actor. A line that falls to zero while messages wait is a stuck actor.',
        unit: 'ops',
        width: 8,
        links,
        targets: [series(sumBy(BY, q.rate('messagesProcessed', DECIDED)), legend)],
      }),
      graph({
        title: 'Share of hops that failed',
        description:
          'Hops that went to error-end, of all finished ones. The dashed lines are the error budget of 99.9 % and ten times that. Open the actor to see by which code.',
        unit: 'percentunit',
        width: 8,
        links,
        limits: OF_BUDGET,
        targets: [
          series(
            ratio(
              sumBy(BY, q.rate('messagesFailed')),
              sumBy(BY, q.rate('messagesProcessed', DECIDED)),
            ),
            legend,
          ),
        ],
      }),
      graph({
        title: 'Duration of a hop, $quantile',
        description:
          'From delivery to settled, as the chosen quantile. The points are single hops: click one to see its trace.',
        unit: 's',
        width: 8,
        links,
        targets: [
          withExemplars(quantile('$quantile', BY, q.buckets('processingDuration')), legend),
        ],
      }),
      graph({
        title: 'Waiting in queue, $quantile',
        description:
          'How long messages were due before a sidecar took them. Rises before anything else does when an actor has too few replicas: add replicas or concurrency.',
        unit: 's',
        width: 8,
        links,
        targets: [withExemplars(quantile('$quantile', BY, q.buckets('queueWait')), legend)],
      }),
      graph({
        title: 'Messages waiting, by actor',
        description:
          'Ready in the queue of each actor; being worked on is not counted. A line that only rises needs more replicas, or a runtime that is up.',
        unit: 'short',
        width: 8,
        links,
        targets: [series(maxBy(BY, q.select('queueDepth')), legend)],
      }),
      graph({
        title: 'Slots free',
        description:
          'How many more hops the replicas of an actor could take at once. At 0 with messages waiting the actor is saturated: add replicas or raise ASYA_CONCURRENCY.',
        unit: 'short',
        width: 8,
        links,
        targets: [series(freeSlots(q, BY), legend)],
      }),
    ],
  };
}
