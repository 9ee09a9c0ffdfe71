import type { Row } from '../dashboard.ts';
import { exploreLogs, exploreTraces, toActor, toTrace } from '../links.ts';
import { logs, spanTable, wholeTrace } from '../panels/tables.ts';
import { logLines, trace } from '../panels/queries.ts';

/** Lines that came by OTLP have their fields as metadata; lines from standard output are JSON. */
const FIELDS = '$streams | json | drop __error__, __error_details__';
const OF_JOURNEY = `${FIELDS} | journey_id="$journey" or asya_journey_id="$journey"`;

/** One journey: its hops and its log. */
export function one(): Row {
  return {
    title: 'One journey',
    panels: [
      spanTable({
        title: 'Hops of journey $journey',
        description:
          'Every hop and attempt of the chosen journey, over all of its traces: a replay, a long wait or a very wide fan-out begins a trace of its own. Click an actor to choose its trace for the row below. Empty: choose a journey above, or widen the time range.',
        width: 12,
        height: 9,
        query:
          '{ span.asya.journey.id = "$journey" && kind = consumer } | select(span.asya.actor, span.asya.outcome, span.asya.attempt, span.error.type, span.asya.envelope.id)',
        linked: {
          'asya.actor': [toTrace('${__data.fields.traceIdHidden}'), toActor('${__value.raw}')],
        },
        noValue: 'no spans: choose a journey',
      }),
      logs({
        title: 'Log of journey $journey',
        description:
          'What the sidecars wrote about the chosen journey. Each line has a trace_id: click the line, then its link. Empty: choose a journey above, or set Log streams to the labels of your installation.',
        width: 12,
        height: 9,
        links: [exploreLogs('Open in Explore', OF_JOURNEY.replaceAll(/\$(\w+)/g, '${$1}'))],
        targets: [logLines(OF_JOURNEY)],
      }),
    ],
  };
}

/** One trace, with its log. Closed, since there is none until somebody chooses one. */
export function oneTrace(): Row {
  return {
    title: 'One trace: choose it above, then open this row',
    collapsed: true,
    panels: [
      wholeTrace({
        title: 'Trace $trace',
        description:
          'The chosen trace: process is a hop, call is the runtime, publish is a send. Red spans failed. Each span has a link to its log lines. Empty: click a trace above.',
        width: 24,
        height: 16,
        links: [exploreTraces('Open in Explore', '${trace}')],
        targets: [trace('$trace')],
      }),
      logs({
        title: 'Log of trace $trace',
        description:
          'The same for one trace. Empty: click a trace above, or set Log streams to the labels of your installation.',
        width: 24,
        height: 9,
        targets: [logLines(`${FIELDS} | trace_id="$trace"`)],
      }),
    ],
  };
}
