import type { Row } from '../dashboard.ts';
import { ERROR_BUDGET } from '../panels/panel.ts';
import { CLICKED, actorLink } from '../links.ts';
import { timeSeries } from '../panels/charts.ts';
import { maxBy, quantile, ratio, sumBy, type Promql } from '../promql.ts';
import { rangeQuery, exemplarQuery } from '../panels/queries.ts';
import { FINISHED, freeSlots } from '../hopQueries.ts';

const BY = ['actor'];
const legend = '{{actor}}';

/** Rate, errors, duration, queueing and saturation, with one line per actor. */
export function trafficRow(q: Promql): Row {
  const links = [actorLink(CLICKED.series)];
  return {
    title: 'Traffic, latency and saturation',
    panels: [
      timeSeries({
        title: 'Hops per second',
        description:
          'Finished hops per second by actor. A line that drops to zero while messages are queued means that the actor is stuck.',
        unit: 'ops',
        width: 8,
        links,
        targets: [rangeQuery(sumBy(BY, q.rate('messagesProcessed', FINISHED)), legend)],
      }),
      timeSeries({
        title: 'Failure ratio',
        description:
          'Share of finished hops that went to error-end, by actor. The dashed lines mark the error budget of 0.1 % and ten times that. Open the actor to see the fault codes.',
        unit: 'percentunit',
        width: 8,
        links,
        thresholds: ERROR_BUDGET,
        targets: [
          rangeQuery(
            ratio(
              sumBy(BY, q.rate('messagesFailed')),
              sumBy(BY, q.rate('messagesProcessed', FINISHED)),
            ),
            legend,
          ),
        ],
      }),
      timeSeries({
        title: 'Hop duration, $quantile',
        description:
          'Time from delivery to settlement at the selected quantile, by actor. Points are exemplars: click one to open the trace of that hop.',
        unit: 's',
        scale: 'logarithmic',
        width: 8,
        links,
        targets: [
          exemplarQuery(quantile('$quantile', BY, q.buckets('processingDuration')), legend),
        ],
      }),
      timeSeries({
        title: 'Queue wait, $quantile',
        description:
          'Time that messages waited in the queue before a sidecar received them. It is the first metric to rise when an actor has too few replicas: add replicas or raise ASYA_CONCURRENCY.',
        unit: 's',
        scale: 'logarithmic',
        width: 8,
        links,
        targets: [exemplarQuery(quantile('$quantile', BY, q.buckets('queueWait')), legend)],
      }),
      timeSeries({
        title: 'Queued messages by actor',
        description:
          'Messages ready in the queue of each actor; unsettled messages are not counted. If a line keeps rising, add replicas, or check that the runtime is up.',
        unit: 'short',
        width: 8,
        links,
        targets: [rangeQuery(maxBy(BY, q.select('queueDepth')), legend)],
      }),
      timeSeries({
        title: 'Free slots',
        description:
          'Number of additional hops that the replicas of an actor can run. If it is 0 while messages are queued, the actor is saturated: add replicas or raise ASYA_CONCURRENCY.',
        unit: 'short',
        width: 8,
        links,
        targets: [rangeQuery(freeSlots(q, BY), legend)],
      }),
    ],
  };
}
