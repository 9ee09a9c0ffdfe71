import type { Row } from '../dashboard.ts';
import { graph, heatmap } from '../panels/charts.ts';
import { maxBy, quantile, sumBy, type Promql } from '../promql.ts';
import { heat, series } from '../panels/queries.ts';

/** How much, how wide and how big. */
export function size(q: Promql): Row {
  return {
    title: 'How much is there to do?',
    panels: [
      graph({
        title: 'Messages in and out',
        description:
          'Taken from the queue, and finished. Taken without finished: hops take long, are tried again, or are given back; Outcomes says which.',
        unit: 'ops',
        width: 6,
        targets: [
          series(sumBy([], q.rate('messagesReceived')), 'taken', 'A'),
          series(sumBy([], q.rate('messagesProcessed')), 'settled', 'B'),
        ],
      }),
      graph({
        title: 'Slots and backlog',
        description:
          'Hops going on, the most there can be, and what waits. Going on at the limit with messages waiting is saturation: add replicas or raise ASYA_CONCURRENCY.',
        unit: 'short',
        width: 6,
        targets: [
          series(sumBy([], q.select('activeMessages')), 'going on', 'A'),
          series(sumBy([], q.select('concurrencyLimit')), 'limit', 'B'),
          series(maxBy([], q.select('queueDepth')), 'waiting', 'C'),
        ],
      }),
      graph({
        title: 'Width of fan-outs',
        description:
          'How many envelopes one hop made. Near ASYA_MAX_FANOUT (1000) hops start to fail as fanout_too_wide; past 100 the children get traces of their own.',
        unit: 'short',
        width: 6,
        noValue: 'no fan-outs',
        targets: [
          series(quantile(0.99, [], q.buckets('fanoutWidth')), 'p99', 'A'),
          series(quantile(0.5, [], q.buckets('fanoutWidth')), 'p50', 'B'),
        ],
      }),
      graph({
        title: 'Size of envelopes, p95',
        description:
          'Received and sent. Near ASYA_MAX_MESSAGE_BYTES (about 16 MiB) hops start to fail as reply_too_large; keep big things in a store and send a reference.',
        unit: 'bytes',
        width: 6,
        targets: [
          series(quantile(0.95, ['direction'], q.buckets('envelopeSize')), '{{direction}}'),
        ],
      }),
      heatmap({
        title: 'Time in the queue',
        description:
          'How many messages waited how long. A band that climbs is a backlog: add replicas or mend what makes hops slow. A second band at the retry delays are retries that waited longer than their delay.',
        unit: 's',
        width: 24,
        height: 7,
        targets: [heat(sumBy(['le'], q.buckets('queueWait')))],
      }),
    ],
  };
}
