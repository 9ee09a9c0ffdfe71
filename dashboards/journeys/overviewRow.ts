import type { Row } from '../dashboard.ts';
import { exploreTracesLink, FAILED_SPANS } from '../links.ts';
import { timeSeries, heatmap } from '../panels/charts.ts';
import { quantile, sumBy, type Promql } from '../promql.ts';
import { heatmapQuery, rangeQuery, exemplarQuery } from '../panels/queries.ts';

const BY = ['end'];
const legend = '{{end}}';
const colors = { 'happy-end': 'green', 'error-end': 'red' };

/** Rate, duration and length of journeys, by end. */
export function overviewRow(q: Promql): Row {
  const links = [
    exploreTracesLink('Journeys that reached happy-end', '{ span.asya.end = "happy-end" }'),
    exploreTracesLink('Failed journeys', FAILED_SPANS),
  ];
  const seconds = q.buckets('journeyDuration');
  return {
    title: 'Journeys',
    panels: [
      timeSeries({
        title: 'Completed journeys per second',
        description:
          'Envelopes that happy-end received, and error envelopes that actors sent to error-end. A fan-out completes once per child. If the share of error-end rises, find the failing actor on the Fleet dashboard.',
        unit: 'ops',
        width: 8,
        stacked: true,
        colors,
        links,
        targets: [
          rangeQuery(sumBy(BY, q.count('journeyHops', 'end="happy-end"')), legend, 'A'),
          rangeQuery(
            sumBy([], q.rate('messagesSent', 'message_type="error_end"')),
            'error-end',
            'B',
          ),
        ],
      }),
      timeSeries({
        title: 'Journey duration, $quantile',
        description:
          'Time from the first hop to the end, measured with the clocks of two hosts. error-end is shown only if it has a sidecar. Points are exemplars: click one to open its trace. Compare with the hop durations of the actors to find the slow one.',
        unit: 's',
        scale: 'logarithmic',
        width: 8,
        colors,
        links,
        targets: [exemplarQuery(quantile('$quantile', BY, seconds), legend)],
      }),
      timeSeries({
        title: 'Hops per journey, $quantile',
        description:
          'Number of hops before the end. It normally equals the length of the route. A rise means longer routes, or envelopes that loop: open the trace of a journey below.',
        unit: 'short',
        width: 8,
        colors,
        links,
        targets: [rangeQuery(quantile('$quantile', BY, q.buckets('journeyHops')), legend)],
      }),
      heatmap({
        title: 'Journey duration distribution',
        description:
          'Number of journeys by duration, for both ends. Each band is one kind of journey. A rising band means a backlog or a slow actor on the route: compare queue wait and hop duration on the Fleet dashboard.',
        unit: 's',
        width: 24,
        height: 7,
        targets: [heatmapQuery(sumBy(['le'], seconds))],
      }),
    ],
  };
}
