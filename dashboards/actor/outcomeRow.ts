import type { Row } from '../dashboard.ts';
import { exploreTracesLink } from '../links.ts';
import { timeSeries } from '../panels/charts.ts';
import { sumBy, type Promql } from '../promql.ts';
import { rangeQuery } from '../panels/queries.ts';

/** Outcomes of hops, fault codes and destinations. */
export function outcomeRow(q: Promql): Row {
  return {
    title: 'Outcomes',
    panels: [
      timeSeries({
        title: 'Outcomes',
        description:
          'Outcomes of all hops, stacked. Red: sent to error-end. Orange: retried. Grey: given back to the queue without counting an attempt, because the runtime was down or the process was shutting down.',
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
        targets: [rangeQuery(sumBy(['status'], q.rate('messagesProcessed')), '{{status}}')],
      }),
      timeSeries({
        title: 'Error envelopes by code',
        description:
          'Messages sent to error-end. runtime_error: the actor code rejected the payload. runtime_timeout: the call took too long. reply_*: the runtime returned an invalid reply. parse_error, invalid_envelope and route_mismatch: the sender is at fault. The runbook explains the alerts.',
        unit: 'ops',
        width: 8,
        links: [
          exploreTracesLink(
            'Traces of these hops',
            '{ span.asya.actor = "${actor}" && span.error.type = "${__field.labels.reason}" }',
          ),
        ],
        noValue: 'no errors',
        targets: [rangeQuery(`${sumBy(['reason'], q.rate('messagesFailed'))} > 0`, '{{reason}}')],
      }),
      timeSeries({
        title: 'Messages sent by destination',
        description:
          'Confirmed messages by destination and type. Investigate error_end and parked. If an expected destination is missing, it no longer receives work.',
        unit: 'ops',
        width: 8,
        targets: [
          rangeQuery(
            sumBy(['destination_queue', 'message_type'], q.rate('messagesSent')),
            '{{destination_queue}} ({{message_type}})',
          ),
        ],
      }),
    ],
  };
}
