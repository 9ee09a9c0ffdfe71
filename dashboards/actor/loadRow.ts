import type { Row } from '../dashboard.ts';
import { timeSeries, heatmap } from '../panels/charts.ts';
import { maxBy, quantile, sumBy, type Promql } from '../promql.ts';
import { heatmapQuery, rangeQuery } from '../panels/queries.ts';

/** Throughput, slots, fan-outs, sizes and queue wait. */
export function loadRow(q: Promql): Row {
  return {
    title: 'Load and message sizes',
    panels: [
      timeSeries({
        title: 'Messages received and settled',
        description:
          'Messages received from the queue, and messages settled. If more are received than settled, hops take long, are retried, or are given back: see Outcomes.',
        unit: 'ops',
        width: 6,
        targets: [
          rangeQuery(sumBy([], q.rate('messagesReceived')), 'received', 'A'),
          rangeQuery(sumBy([], q.rate('messagesProcessed')), 'settled', 'B'),
        ],
      }),
      timeSeries({
        title: 'Slots and backlog',
        description:
          'Running hops, their limit, hops that wait for the rate limit, and queued messages. If running hops reach the limit while messages are queued, the actor is saturated: add replicas, raise ASYA_CONCURRENCY, or let the runtime take batches (ASYA_BATCH_SIZE). The limit is the product of the two.',
        unit: 'short',
        width: 6,
        targets: [
          rangeQuery(sumBy([], q.select('activeMessages')), 'running', 'A'),
          rangeQuery(sumBy([], q.select('concurrencyLimit')), 'limit', 'B'),
          rangeQuery(maxBy([], q.select('queueDepth')), 'queued', 'C'),
          rangeQuery(sumBy([], q.select('rateLimited')), 'waiting for the rate limit', 'D'),
        ],
      }),
      timeSeries({
        title: 'Fan-out width',
        description:
          'Number of envelopes that one hop produced. Hops that exceed ASYA_MAX_FANOUT (default 1000) fail with fanout_too_wide. Fan-outs wider than 100 start a new trace for each child.',
        unit: 'short',
        width: 6,
        noValue: 'no fan-outs',
        targets: [
          rangeQuery(quantile(0.99, [], q.buckets('fanoutWidth')), 'p99', 'A'),
          rangeQuery(quantile(0.5, [], q.buckets('fanoutWidth')), 'p50', 'B'),
        ],
      }),
      timeSeries({
        title: 'Envelope size, p95',
        description:
          'Size of received and sent envelopes. Hops that exceed ASYA_MAX_MESSAGE_BYTES (about 16 MiB) fail with reply_too_large: keep large data in an object store and send a reference.',
        unit: 'bytes',
        width: 6,
        targets: [
          rangeQuery(quantile(0.95, ['direction'], q.buckets('envelopeSize')), '{{direction}}'),
        ],
      }),
      heatmap({
        title: 'Queue wait distribution',
        description:
          'Number of messages by time in the queue. A rising band means a growing backlog: add replicas, or find out why hops are slow. A second band at the retry delays shows retries that waited longer than their delay.',
        unit: 's',
        width: 24,
        height: 7,
        targets: [heatmapQuery(sumBy(['le'], q.buckets('queueWait')))],
      }),
    ],
  };
}
