import type { Row } from '../dashboard.ts';
import { NO_OR_YES } from '../panels/panel.ts';
import { CLICKED, exploreTracesLink, actorLink } from '../links.ts';
import { timeSeries, stateTimeline } from '../panels/charts.ts';
import { activeInRange, sumBy, type Promql } from '../promql.ts';
import { rangeQuery } from '../panels/queries.ts';

/** Failures, retries and pauses, by actor and reason. */
export function failureRow(q: Promql): Row {
  const links = [actorLink(CLICKED.series)];
  return {
    title: 'Failures, retries and pauses',
    panels: [
      timeSeries({
        title: 'Retries',
        description:
          'Retries per second by actor and reason. A few retries are normal. A plateau means that a dependency of the runtime is down; each attempt costs as much as a hop.',
        unit: 'ops',
        width: 8,
        links,
        targets: [
          rangeQuery(
            `${sumBy(['actor', 'reason'], q.rate('retries'))} > 0`,
            '{{actor}}: {{reason}}',
          ),
        ],
        noValue: 'no retries',
      }),
      timeSeries({
        title: 'Error envelopes',
        description:
          'Messages sent to error-end, by actor and fault code. The platform causes runtime_timeout, runtime_crashed, unroutable, publish_refused, redelivered_too_often and internal_error; the sender or the actor code causes the others.',
        unit: 'ops',
        width: 8,
        links: [
          ...links,
          exploreTracesLink(
            'Traces of these hops',
            '{ span.asya.actor = "${__field.labels.actor}" && span.error.type = "${__field.labels.reason}" }',
          ),
        ],
        targets: [
          rangeQuery(
            `${sumBy(['actor', 'reason'], q.rate('messagesFailed'))} > 0`,
            '{{actor}}: {{reason}}',
          ),
        ],
        noValue: 'no errors',
      }),
      stateTimeline({
        title: 'Pauses by reason',
        description:
          'Periods in which an actor did not consume. runtime_absent: the runtime was down. suspect: a message that may crash the process was processed alone. draining: a replica was shutting down, which is normal. breaker: the runtime failed most of its calls. rate_limit: the next call was more than a minute away. Actors without pauses are not listed.',
        unit: 'short',
        width: 8,
        links,
        states: NO_OR_YES,
        noValue: 'no pauses',
        targets: [
          rangeQuery(
            activeInRange(['actor', 'reason'], q.select('paused')),
            '{{actor}}: {{reason}}',
          ),
        ],
      }),
    ],
  };
}
