import type { Row } from '../dashboard.ts';
import { exploreTracesLink } from '../links.ts';
import { timeSeries } from '../panels/charts.ts';
import { sumBy, type Promql } from '../promql.ts';
import { rangeQuery } from '../panels/queries.ts';

/** Retries, runtime errors, held hops and give-backs. */
export function failureRow(q: Promql): Row {
  return {
    title: 'Failures and retries',
    panels: [
      timeSeries({
        title: 'Retries and exhausted retries',
        description:
          'Retries by reason, and messages that went to error-end after their last attempt. Retries alone mean that retrying works; exhausted retries mean that the fault lasts longer than the backoff.',
        unit: 'ops',
        width: 6,
        noValue: 'no retries',
        links: [
          exploreTracesLink(
            'Traces of these attempts',
            '{ span.asya.actor = "${actor}" && span.asya.outcome =~ "retry|retry_spent" }',
          ),
        ],
        targets: [
          rangeQuery(nonZero(sumBy(['reason'], q.rate('retries'))), '{{reason}}', 'A'),
          rangeQuery(
            nonZero(sumBy(['reason'], q.rate('retriesSpent'))),
            '{{reason}} (exhausted)',
            'B',
          ),
        ],
      }),
      timeSeries({
        title: 'Runtime errors by type',
        description:
          'Failed calls to the runtime; each attempt counts. A batch that fails as a whole counts once, one that is answered counts its failed envelopes. runtime_crashed means that the process died during a call: check its logs and its memory limit.',
        unit: 'ops',
        width: 6,
        noValue: 'no runtime errors',
        targets: [
          rangeQuery(nonZero(sumBy(['error_type'], q.rate('runtimeErrors'))), '{{error_type}}'),
        ],
      }),
      timeSeries({
        title: 'Held hops by reason',
        description:
          'Finished hops that wait for the broker; each occupies a slot. unconfirmed: no confirm within ASYA_CONFIRM_TIMEOUT. lost: the connection closed. unroutable: a queue of the sidecar is missing. refused: the broker refuses the message.',
        unit: 'short',
        width: 6,
        thresholds: { critical: 1 },
        targets: [rangeQuery(sumBy(['reason'], q.select('held')), '{{reason}}')],
      }),
      timeSeries({
        title: 'Deferred and given-back messages',
        description:
          'Deferred: the runtime requested a later retry (429, 503, retry_after_ms). Given back: returned to the queue without counting an attempt. Late replies arrived after the timeout and were discarded: consider a longer timeout. Reused replies answered a redelivery without another call.',
        unit: 'ops',
        width: 6,
        targets: [
          rangeQuery(sumBy([], q.rate('deferrals')), 'deferred', 'A'),
          rangeQuery(
            nonZero(sumBy(['reason'], q.rate('givenBack'))),
            'given back: {{reason}}',
            'B',
          ),
          rangeQuery(sumBy([], q.rate('lateReplies')), 'late replies', 'C'),
          rangeQuery(sumBy([], q.rate('repliesReused')), 'replies reused', 'D'),
        ],
      }),
    ],
  };
}

/** Drops series that are 0, so that the legend lists only events that occurred. */
function nonZero(expr: string): string {
  return `${expr} > 0`;
}
