import type { Row } from '../dashboard.ts';
import { exploreTracesLink } from '../links.ts';
import { timeSeries, heatmap } from '../panels/charts.ts';
import { orZero, quantile, ratio, sumBy, type Promql } from '../promql.ts';
import { heatmapQuery, rangeQuery, exemplarQuery } from '../panels/queries.ts';

const slowHops = exploreTracesLink(
  'Slow hops',
  '{ span.asya.actor = "${actor}" && duration > 1s }',
);

/** The phases of a hop and their durations. */
export function durationRow(q: Promql): Row {
  const hops = sumBy([], q.count('processingDuration'));
  // A call of several envelopes takes the time of each of their hops. Sidecars without the counter
  // make calls of one envelope.
  const runtime = sumBy([], `${q.rate('runtimeHopTime')} or ${q.sum('runtimeDuration')}`);
  const send = sumBy([], q.sum('sendDuration'));
  const rateLimit = orZero(sumBy([], q.sum('rateLimitWait')), runtime);
  const batch = orZero(sumBy([], q.sum('batchWait')), runtime);
  const all = sumBy([], q.sum('processingDuration'));
  const ofOne = (seconds: string): string => ratio(`(${seconds})`, hops);
  const hop = q.buckets('processingDuration');
  return {
    title: 'Latency',
    panels: [
      timeSeries({
        title: 'Average hop time by phase',
        description:
          'Average time per phase, stacked. If queue wait dominates, add replicas; if the runtime dominates, make it faster; if publishing dominates, check the broker; if the rate limit dominates, raise ASYA_RATE_LIMIT as far as the model server permits; if the wait for a batch dominates, see Batches. Concurrent publishes can add up to more than the elapsed time, which reduces the sidecar phase to zero.',
        unit: 's',
        width: 12,
        stacked: true,
        links: [slowHops],
        colors: {
          'queue wait': 'blue',
          'rate limit': 'yellow',
          'wait for a batch': 'light-blue',
          runtime: 'green',
          publish: 'orange',
          sidecar: 'purple',
        },
        targets: [
          rangeQuery(
            ratio(sumBy([], q.sum('queueWait')), sumBy([], q.count('queueWait'))),
            'queue wait',
            'A',
          ),
          rangeQuery(ofOne(runtime), 'runtime', 'B'),
          rangeQuery(ofOne(send), 'publish', 'C'),
          rangeQuery(
            `clamp_min(${ofOne(`${all} - ${runtime} - ${send} - (${rateLimit}) - (${batch})`)}, 0)`,
            'sidecar',
            'D',
          ),
          rangeQuery(ofOne(rateLimit), 'rate limit', 'E'),
          rangeQuery(ofOne(batch), 'wait for a batch', 'F'),
        ],
      }),
      timeSeries({
        title: 'Hop duration',
        description:
          'Time from delivery to settlement. Points are exemplars: click one to open its trace. A p99 far above the p50 means that a few envelopes need much more time than the rest.',
        unit: 's',
        scale: 'logarithmic',
        width: 12,
        links: [slowHops],
        targets: [
          exemplarQuery(quantile(0.99, [], hop), 'p99', 'A'),
          rangeQuery(quantile(0.95, [], hop), 'p95', 'B'),
          rangeQuery(quantile(0.5, [], hop), 'p50', 'C'),
        ],
      }),
      heatmap({
        title: 'Hop duration distribution',
        description:
          'Number of hops by duration. Two bands mean two kinds of envelopes; a rising band means that the runtime is getting slower. Points are exemplars that link to traces.',
        unit: 's',
        width: 8,
        targets: [heatmapQuery(sumBy(['le'], hop))],
      }),
      timeSeries({
        title: 'Runtime call duration',
        description:
          'Time from the call to the runtime until its reply or the timeout; a batch is one call. A p99 close to ASYA_RUNTIME_TIMEOUT means that calls are about to fail.',
        unit: 's',
        scale: 'logarithmic',
        width: 8,
        links: [slowHops],
        targets: [
          exemplarQuery(quantile(0.99, [], q.buckets('runtimeDuration')), 'p99', 'A'),
          rangeQuery(quantile(0.5, [], q.buckets('runtimeDuration')), 'p50', 'B'),
        ],
      }),
      timeSeries({
        title: 'Queue wait and publish time, p95',
        description:
          'Queue wait, time until the broker confirms a published message, and time that a free slot waits for a delivery. If publishing is slow, check the broker. Long idle times mean that there are more slots than work.',
        unit: 's',
        scale: 'logarithmic',
        width: 8,
        targets: [
          exemplarQuery(quantile(0.95, [], q.buckets('queueWait')), 'queue wait', 'A'),
          rangeQuery(quantile(0.95, [], q.buckets('sendDuration')), 'publish', 'B'),
          rangeQuery(quantile(0.95, [], q.buckets('receiveDuration')), 'idle slot', 'C'),
        ],
      }),
    ],
  };
}
