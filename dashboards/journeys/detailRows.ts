import type { Row } from '../dashboard.ts';
import { exploreLogsLink, exploreTracesLink, actorLink, traceLink } from '../links.ts';
import { logsPanel, spanTable, tracePanel } from '../panels/tables.ts';
import { logQuery, traceQuery } from '../panels/queries.ts';

/** OTLP log records carry fields as structured metadata; lines from standard output are JSON. */
const FIELDS = '$streams | json | drop __error__, __error_details__';
const JOURNEY_LOGS = `${FIELDS} | journey_id="$journey" or asya_journey_id="$journey"`;

/** The hops and log lines of the selected journey. */
export function journeyDetailRow(): Row {
  return {
    title: 'Journey details',
    panels: [
      spanTable({
        title: 'Hops of journey $journey',
        description:
          'All hops and attempts of the selected journey, across its traces. A replay, a long wait or a very wide fan-out starts a new trace. Click an actor to show its trace in the row below. If the table is empty, select a journey above or widen the time range.',
        width: 12,
        height: 9,
        query:
          '{ span.asya.journey.id = "$journey" && kind = consumer } | select(span.asya.actor, span.asya.outcome, span.asya.attempt, span.error.type, span.asya.envelope.id)',
        columnLinks: {
          'asya.actor': [traceLink('${__data.fields.traceIdHidden}'), actorLink('${__value.raw}')],
        },
        noValue: 'no spans: select a journey',
      }),
      logsPanel({
        title: 'Logs of journey $journey',
        description:
          'Log lines of the sidecars for the selected journey. Expand a line to follow its trace_id. If the panel is empty, select a journey above, or set Log streams to the labels of your installation.',
        width: 12,
        height: 9,
        links: [exploreLogsLink('Open in Explore', JOURNEY_LOGS.replaceAll(/\$(\w+)/g, '${$1}'))],
        targets: [logQuery(JOURNEY_LOGS)],
      }),
    ],
  };
}

/** The selected trace and its log lines. Collapsed, because no trace is selected at first. */
export function traceDetailRow(): Row {
  return {
    title: 'Trace details (click a trace above, then open this row)',
    collapsed: true,
    panels: [
      tracePanel({
        title: 'Trace $trace',
        description:
          'Spans of the selected trace: process is a hop, call is a call to the runtime, publish is a sent message. Red spans failed. Each span links to its log lines. If the panel is empty, click a trace above.',
        width: 24,
        height: 16,
        links: [exploreTracesLink('Open in Explore', '${trace}')],
        targets: [traceQuery('$trace')],
      }),
      logsPanel({
        title: 'Logs of trace $trace',
        description:
          'Log lines of the selected trace. If the panel is empty, click a trace above, or set Log streams to the labels of your installation.',
        width: 24,
        height: 9,
        targets: [logQuery(`${FIELDS} | trace_id="$trace"`)],
      }),
    ],
  };
}
