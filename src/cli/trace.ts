import { SCHEMA } from '../config/schema.ts';
import { defineCommand, type CommandContext } from './command/command.ts';
import { CommandError, EXIT } from './command/exit.ts';
import { untilStopped } from './command/signals.ts';
import { printable } from './terminal/printable.ts';
import { formatTable } from './terminal/table.ts';
import type { Terminal } from './terminal/terminal.ts';
import { formatDuration } from './trace/duration.ts';
import type { Journey } from './trace/journey.ts';
import { createJourneyFilter } from './trace/journeyFilter.ts';
import { readLoggedJourneys, readTracedJourneys } from './trace/readJourneys.ts';
import { drawWaterfall } from './trace/waterfall.ts';

const MIN_WIDTH = 80;
const MAX_WIDTH = 120;

export const traceCommand = defineCommand({
  name: 'trace',
  summary: 'draws journeys from trace files or logs',
  description: [
    `Draws a journey as a waterfall, from files of spans: ASYA_TRACE_FILE, or the output of the file
    exporter of an OpenTelemetry collector. Several files are merged. If the files contain several
    journeys, lists them, the oldest first.`,
    `With --log, FILE is the JSON log of a sidecar: its standard output, or the output of
    "kubectl logs --prefix", "docker compose logs" or Loki. Pass the logs of all actors.`,
    `FILE may be gzipped; "-" is standard input. A journey must match every option; an option that is
    repeated matches any of its values.`,
    'Example: kubectl logs -l app=infer | asya-sidecar trace --log - --failed',
  ],
  options: {
    log: { type: 'boolean', doc: 'Reads logs instead of spans.' },
    journey: {
      type: 'string',
      value: 'ID',
      multiple: true,
      doc: 'Selects the journey with this id.',
    },
    actor: {
      type: 'string',
      value: 'ACTOR',
      multiple: true,
      doc: 'Selects journeys with a hop of this actor.',
    },
    failed: {
      type: 'boolean',
      doc: 'Selects journeys of which an envelope went to error-end.',
    },
    slow: {
      type: 'string',
      value: 'TIME',
      doc: 'Selects journeys that took at least this long, such as 5s.',
    },
    since: {
      type: 'string',
      value: 'TIME',
      doc: `Selects journeys whose last hop ended at this time or later. TIME is an RFC 3339 date,
        or an age such as 2h or 3d.`,
    },
  },
  operands: { name: 'FILE', multiple: true, required: true },
  async run(args, context) {
    const ids = args.valuesOf('journey');
    const filter = createJourneyFilter(
      {
        journeys: ids,
        actors: args.valuesOf('actor'),
        failed: args.has('failed'),
        slow: args.valueOf('slow'),
        since: args.valueOf('since'),
      },
      Date.now(),
    );
    const files = args.operands;
    const reading = args.has('log')
      ? readLoggedJourneys(files, { ...context, ids, ends: endNames(context) })
      : readTracedJourneys(files, { ...context, warn: warnTo(context) });
    const journeys = (await untilStopped(reading, context.stopped)).filter(filter.matches);
    if (journeys.length === 0) {
      const names = ids.map((id) => `"${id}"`).join(' or ');
      const missing = names === '' ? 'journey' : `journey ${names}`;
      const rule = filter.text === '' ? '' : ` that matches ${filter.text}`;
      throw new CommandError(`no ${missing} in ${files.join(', ')}${rule}`);
    }
    context.terminal.out(format(journeys, context.terminal));
    return EXIT.done;
  },
});

function warnTo({ terminal }: CommandContext): (line: string) => void {
  return (line) => terminal.err(`${printable(line)}\n`);
}

function endNames({ environment }: CommandContext) {
  const { ASYA_ACTOR_HAPPY_END: happyEnd, ASYA_ACTOR_ERROR_END: errorEnd } = environment;
  return {
    happyEnd: happyEnd || SCHEMA.ASYA_ACTOR_HAPPY_END.default,
    errorEnd: errorEnd || SCHEMA.ASYA_ACTOR_ERROR_END.default,
  };
}

function format(journeys: readonly Journey[], { width = MAX_WIDTH, colour }: Terminal): string {
  const [journey, second] = journeys;
  if (journey === undefined || second !== undefined) return formatList(journeys);
  const columns = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, width));
  return drawWaterfall(journey, { width: columns, colour });
}

function formatList(journeys: readonly Journey[]): string {
  const rows = journeys.map(({ id, hops, ends, startMs, endMs }) => [
    new Date(startMs).toISOString(),
    formatDuration(endMs - startMs),
    String(hops),
    ends.length === 0 ? 'under way' : printable(ends.join(', ')),
    // The last column, because an id may be long.
    printable(id),
  ]);
  const table = formatTable([['began', 'duration', 'hops', 'ended at', 'journey'], ...rows]);
  return `${table}\ndraw one with --journey ID\n`;
}
