import type { Row } from '../dashboard.ts';
import { exploreTraces } from '../links.ts';
import { graph, heatmap } from '../panels/charts.ts';
import { quantile, ratio, sumBy, type Promql } from '../promql.ts';
import { heat, series, withExemplars } from '../panels/queries.ts';

const slowHops = exploreTraces('Slow hops', '{ span.asya.actor = "${actor}" && duration > 1s }');

/** Where the time of a hop goes. */
export function duration(q: Promql): Row {
  const hops = sumBy([], q.count('processingDuration'));
  const runtime = sumBy([], q.sum('runtimeDuration'));
  const send = sumBy([], q.sum('sendDuration'));
  const all = sumBy([], q.sum('processingDuration'));
  const ofOne = (seconds: string): string => ratio(`(${seconds})`, hops);
  const hop = q.buckets('processingDuration');
  return {
    title: 'Where does the time go?',
    panels: [
      graph({
        title: 'Time of an average hop',
        description:
          'Stacked: waiting in the queue, the runtime, sending the results, and what the sidecar itself took. A thick queue band asks for replicas; a thick runtime band for a faster runtime; a thick send band points to the broker. With concurrent sends the sidecar’s band can be cut to nothing.',
        unit: 's',
        width: 12,
        stacked: true,
        links: [slowHops],
        colors: {
          'in the queue': 'blue',
          'in the runtime': 'green',
          sending: 'orange',
          'in the sidecar': 'purple',
        },
        targets: [
          series(
            ratio(sumBy([], q.sum('queueWait')), sumBy([], q.count('queueWait'))),
            'in the queue',
            'A',
          ),
          series(ofOne(runtime), 'in the runtime', 'B'),
          series(ofOne(send), 'sending', 'C'),
          series(`clamp_min(${ofOne(`${all} - ${runtime} - ${send}`)}, 0)`, 'in the sidecar', 'D'),
        ],
      }),
      graph({
        title: 'Duration of a hop',
        description:
          'From delivery to settled. The points are single hops: click one to see its trace. A p99 far from the p50 means that a few envelopes are of another kind.',
        unit: 's',
        width: 12,
        links: [slowHops],
        targets: [
          withExemplars(quantile(0.99, [], hop), 'p99', 'A'),
          series(quantile(0.95, [], hop), 'p95', 'B'),
          series(quantile(0.5, [], hop), 'p50', 'C'),
        ],
      }),
      heatmap({
        title: 'Durations of hops',
        description:
          'How many hops took how long. Two bands are two kinds of envelopes; a band that climbs is a runtime that gets slower. Points lead to traces.',
        unit: 's',
        width: 8,
        targets: [heat(sumBy(['le'], hop))],
      }),
      graph({
        title: 'Runtime',
        description:
          'One call to the runtime, until its reply or time-out. A p99 near ASYA_RUNTIME_TIMEOUT means that calls are about to fail.',
        unit: 's',
        width: 8,
        links: [slowHops],
        targets: [
          withExemplars(quantile(0.99, [], q.buckets('runtimeDuration')), 'p99', 'A'),
          series(quantile(0.5, [], q.buckets('runtimeDuration')), 'p50', 'B'),
        ],
      }),
      graph({
        title: 'Queue and sending, p95',
        description:
          'Waiting in the queue; sending one envelope until the broker confirms it; and how long a free slot waited for a message. Slow sending points to the broker; a long idle time means that there are more slots than work.',
        unit: 's',
        width: 8,
        targets: [
          withExemplars(quantile(0.95, [], q.buckets('queueWait')), 'waiting in queue', 'A'),
          series(quantile(0.95, [], q.buckets('sendDuration')), 'sending', 'B'),
          series(quantile(0.95, [], q.buckets('receiveDuration')), 'idle slot', 'C'),
        ],
      }),
    ],
  };
}
