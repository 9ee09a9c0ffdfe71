import type { Row } from '../dashboard.ts';
import { exploreTraces } from '../links.ts';
import { graph } from '../panels/charts.ts';
import { sumBy, type Promql } from '../promql.ts';
import { series } from '../panels/queries.ts';

/** What is tried again, held, given back, and what the runtime did wrong. */
export function retries(q: Promql): Row {
  return {
    title: 'What goes wrong?',
    panels: [
      graph({
        title: 'Attempts made again, and the last ones',
        description:
          'Retries by reason, and messages whose last attempt failed (they went to error-end). Retries without spent ones: retrying works. Spent ones: the trouble outlasts the back-off.',
        unit: 'ops',
        width: 6,
        noValue: 'no retries',
        links: [
          exploreTraces(
            'Traces of these attempts',
            '{ span.asya.actor = "${actor}" && span.asya.outcome =~ "retry|retry_spent" }',
          ),
        ],
        targets: [
          series(above(sumBy(['reason'], q.rate('retries'))), '{{reason}}', 'A'),
          series(above(sumBy(['reason'], q.rate('retriesSpent'))), '{{reason}}, last attempt', 'B'),
        ],
      }),
      graph({
        title: 'Runtime errors, by type',
        description:
          'Calls to the runtime that failed, each attempt counted. runtime_crashed: the process died under a call; look at its log and memory limit.',
        unit: 'ops',
        width: 6,
        noValue: 'no runtime errors',
        targets: [series(above(sumBy(['error_type'], q.rate('runtimeErrors'))), '{{error_type}}')],
      }),
      graph({
        title: 'Hops held, by reason',
        description:
          'Finished hops whose results the broker has not taken. unconfirmed: no confirm in ASYA_CONFIRM_TIMEOUT; lost: the connection went; unroutable: a queue of ours is missing; refused: the broker does not permit the message. Each keeps a slot busy.',
        unit: 'short',
        width: 6,
        limits: { bad: 1 },
        targets: [series(sumBy(['reason'], q.select('held')), '{{reason}}')],
      }),
      graph({
        title: 'Put off and given back',
        description:
          'Deferrals: the runtime asked for a message later (429, 503, retry_after_ms). Given back: returned to the queue uncounted, by reason. Late replies came after the time-out and were dropped: the time-out may be too short. Replies reused: a redelivery did not ask the runtime again.',
        unit: 'ops',
        width: 6,
        targets: [
          series(sumBy([], q.rate('deferrals')), 'deferred', 'A'),
          series(above(sumBy(['reason'], q.rate('givenBack'))), 'given back: {{reason}}', 'B'),
          series(sumBy([], q.rate('lateReplies')), 'late replies', 'C'),
          series(sumBy([], q.rate('repliesReused')), 'replies reused', 'D'),
        ],
      }),
    ],
  };
}

/** Only what happens, so that the legend names nothing else. */
function above(expr: string): string {
  return `${expr} > 0`;
}
