import type { Row } from '../dashboard.ts';
import { WRONG } from '../panels/panel.ts';
import { CLICKED, exploreTraces, toActor } from '../links.ts';
import { graph, timeline } from '../panels/charts.ts';
import { everSo, sumBy, type Promql } from '../promql.ts';
import { series } from '../panels/queries.ts';

/** What fails, what is tried again and who is paused, with the reason. */
export function trouble(q: Promql): Row {
  const links = [toActor(CLICKED.series)];
  return {
    title: 'What goes wrong?',
    panels: [
      graph({
        title: 'Attempts that are made again',
        description:
          'Retries by actor and reason. A few are what retries are for; a plateau means that a dependency of the runtime is down, and each attempt costs as much as a hop.',
        unit: 'ops',
        width: 8,
        links,
        targets: [
          series(`${sumBy(['actor', 'reason'], q.rate('retries'))} > 0`, '{{actor}}: {{reason}}'),
        ],
        noValue: 'no retries',
      }),
      graph({
        title: 'Error envelopes',
        description:
          'What went to error-end, by actor and code. Codes of the platform (runtime_timeout, runtime_crashed, unroutable, publish_refused, redelivered_too_often, internal_error) are yours to mend; the others are the sender’s or the actor’s code.',
        unit: 'ops',
        width: 8,
        links: [
          ...links,
          exploreTraces(
            'Traces of these hops',
            '{ span.asya.actor = "${__field.labels.actor}" && span.error.type = "${__field.labels.reason}" }',
          ),
        ],
        targets: [
          series(
            `${sumBy(['actor', 'reason'], q.rate('messagesFailed'))} > 0`,
            '{{actor}}: {{reason}}',
          ),
        ],
        noValue: 'no errors',
      }),
      timeline({
        title: 'Paused, by reason',
        description:
          'When an actor took no messages, and why. runtime_absent: its runtime was down; suspect: a message that may kill the process was handled alone; draining: a replica was stopped. Only draining is everyday. Actors that were never paused have no line.',
        unit: 'short',
        width: 8,
        links,
        states: WRONG,
        noValue: 'nothing was paused',
        targets: [series(everSo(['actor', 'reason'], q.select('paused')), '{{actor}}: {{reason}}')],
      }),
    ],
  };
}
