import type { Row } from '../dashboard.ts';
import { exploreTraces, FAILED_SPANS } from '../links.ts';
import { graph, heatmap } from '../panels/charts.ts';
import { quantile, sumBy, type Promql } from '../promql.ts';
import { heat, series, withExemplars } from '../panels/queries.ts';

const BY = ['end'];
const legend = '{{end}}';
const colors = { 'happy-end': 'green', 'error-end': 'red' };

/** How journeys fare, by the end they reach. */
export function whole(q: Promql): Row {
  const links = [
    exploreTraces('Journeys that reached happy-end', '{ span.asya.end = "happy-end" }'),
    exploreTraces('Failed journeys', FAILED_SPANS),
  ];
  const seconds = q.buckets('journeyDuration');
  return {
    title: 'How do journeys fare?',
    panels: [
      graph({
        title: 'Journeys that ended, a second',
        description:
          'Envelopes that happy-end received, and error envelopes that the actors sent to error-end, whether or not error-end has a sidecar. A fan-out ends once for each child. A rising share of error-end means that some actor fails: the Fleet dashboard says which.',
        unit: 'ops',
        width: 8,
        stacked: true,
        colors,
        links,
        targets: [
          series(sumBy(BY, q.count('journeyHops', 'end="happy-end"')), legend, 'A'),
          series(sumBy([], q.rate('messagesSent', 'message_type="error_end"')), 'error-end', 'B'),
        ],
      }),
      graph({
        title: 'From start to end, $quantile',
        description:
          'From the first hop to the end, by two clocks, as the chosen quantile; error-end only where it has a sidecar. The points are journeys: click one to see its trace. Compare with the hops of the actors to find where the time goes.',
        unit: 's',
        width: 8,
        colors,
        links,
        targets: [withExemplars(quantile('$quantile', BY, seconds), legend)],
      }),
      graph({
        title: 'Hops of a journey, $quantile',
        description:
          'Hops made before the end. As long as the routes are; a rise means longer routes, or envelopes that go in circles: look at the trace of one below.',
        unit: 'short',
        width: 8,
        colors,
        links,
        targets: [series(quantile('$quantile', BY, q.buckets('journeyHops')), legend)],
      }),
      heatmap({
        title: 'Durations of journeys',
        description:
          'How many journeys took how long, over both ends. Bands are kinds of journeys; a band that climbs is a backlog or a slow actor on its route: find it on the Fleet dashboard, by waiting and by duration.',
        unit: 's',
        width: 24,
        height: 7,
        targets: [heat(sumBy(['le'], seconds))],
      }),
    ],
  };
}
