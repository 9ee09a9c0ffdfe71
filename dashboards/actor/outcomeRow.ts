import type { Row } from '../dashboard.ts';
import { exploreTraces } from '../links.ts';
import { graph } from '../panels/charts.ts';
import { sumBy, type Promql } from '../promql.ts';
import { series } from '../panels/queries.ts';

/** What becomes of the hops. */
export function outcomes(q: Promql): Row {
  return {
    title: 'What becomes of the hops?',
    panels: [
      graph({
        title: 'Outcomes',
        description:
          'Stacked: every hop has one. Red went to error-end; orange is tried again; grey went back to the queue uncounted, since the runtime was away or the process was stopping.',
        unit: 'ops',
        width: 8,
        stacked: true,
        colors: {
          success: 'green',
          empty_response: 'light-green',
          end_consumed: 'blue',
          error: 'red',
          retry: 'orange',
          given_back: 'gray',
        },
        targets: [series(sumBy(['status'], q.rate('messagesProcessed')), '{{status}}')],
      }),
      graph({
        title: 'Error envelopes, by code',
        description:
          'What went to error-end. runtime_error: the actor’s code refused the payload. runtime_timeout: it took too long. reply_*: it answered what is no reply. parse_error, invalid_envelope, route_mismatch: the sender’s fault. The runbook has a page for each alert.',
        unit: 'ops',
        width: 8,
        links: [
          exploreTraces(
            'Traces of these hops',
            '{ span.asya.actor = "${actor}" && span.error.type = "${__field.labels.reason}" }',
          ),
        ],
        noValue: 'no errors',
        targets: [series(`${sumBy(['reason'], q.rate('messagesFailed'))} > 0`, '{{reason}}')],
      }),
      graph({
        title: 'Where envelopes go',
        description:
          'Confirmed sends, by destination and kind. error_end and parked are worth a look; a destination that ought to be here and is not has stopped getting work.',
        unit: 'ops',
        width: 8,
        targets: [
          series(
            sumBy(['destination_queue', 'message_type'], q.rate('messagesSent')),
            '{{destination_queue}} ({{message_type}})',
          ),
        ],
      }),
    ],
  };
}
