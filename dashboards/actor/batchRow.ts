import type { Row } from '../dashboard.ts';
import { timeSeries } from '../panels/charts.ts';
import { rangeQuery, exemplarQuery } from '../panels/queries.ts';
import { quantile, ratio, sumBy, type Promql } from '../promql.ts';

/** The size of batches, the wait for them, and their failures. */
export function batchRow(q: Promql): Row {
  const width = 8;
  const size = ratio(sumBy([], q.sum('batchSize')), sumBy([], q.count('batchSize')));
  return {
    title: 'Batches',
    panels: [
      timeSeries({
        title: 'Envelopes per call',
        description:
          'Number of envelopes in a call to the runtime, at most ASYA_BATCH_SIZE. An average near the maximum while messages are queued is right. If it is far below, batches close early: raise ASYA_PREFETCH, ASYA_BATCH_WAIT or ASYA_BATCH_MAX_BYTES. Without a backlog, small batches are right.',
        unit: 'short',
        width,
        noValue: 'no batches',
        targets: [
          rangeQuery(size, 'average', 'A'),
          rangeQuery(quantile(0.95, [], q.buckets('batchSize')), 'p95', 'B'),
        ],
      }),
      timeSeries({
        title: 'Wait for a batch',
        description:
          'Time from when an envelope was ready for its call until its batch had a slot. Up to ASYA_BATCH_WAIT, batches wait for more envelopes. Above it, all slots are busy: add replicas, or raise ASYA_CONCURRENCY or ASYA_BATCH_SIZE.',
        unit: 's',
        scale: 'logarithmic',
        width,
        noValue: 'no batches',
        targets: [
          exemplarQuery(quantile(0.95, [], q.buckets('batchWait')), 'p95', 'A'),
          rangeQuery(quantile(0.5, [], q.buckets('batchWait')), 'p50', 'B'),
        ],
      }),
      timeSeries({
        title: 'Batches that failed as a whole',
        description:
          'Calls of several envelopes without a reply for each of them. No attempt was counted; each envelope was called alone, which costs throughput. runtime_crashed: an envelope kills the runtime, or it has too little memory for the batch. runtime_timeout: the batch is too large for ASYA_RUNTIME_TIMEOUT. reply_invalid: the runtime does not return one reply for each payload.',
        unit: 'ops',
        width,
        noValue: 'no failed batches',
        targets: [
          rangeQuery(`${sumBy(['error_type'], q.rate('batchFailures'))} > 0`, '{{error_type}}'),
        ],
      }),
    ],
  };
}
