import { SCHEMA } from '../config/schema.ts';
import { defineCommand, type CommandContext } from './command/command.ts';
import { CommandError, EXIT } from './command/exit.ts';
import { untilStopped } from './command/signals.ts';
import { printable } from './terminal/printable.ts';
import type { Terminal } from './terminal/terminal.ts';
import { createJourneyFilter } from './trace/journeyFilter.ts';
import { formatJourneys } from './trace/journeyOutput.ts';
import { readLoggedJourneys, readTracedJourneys } from './trace/readJourneys.ts';

const DEFAULT_LIMIT = 50;

export const traceCommand = defineCommand({
  name: 'trace',
  summary: 'draws journeys from trace files or logs',
  description: [
    `Draws a journey as a waterfall, from files of spans: ASYA_TRACE_FILE, or the output of the file
    exporter of an OpenTelemetry collector. Several files are merged. If the files contain several
    journeys, lists them, the oldest first. "waiting for ACTOR" means that an envelope
    was sent there, and that these files have no hop of it that ended there: it waits, is worked on,
    or another file has the hop. "[2]" after an actor is the index of a fan-out's child.`,
    `With --log, FILE is the JSON log of a sidecar: its standard output, or the output of
    "kubectl logs --prefix", "docker compose logs" or Loki. Pass the logs of all actors. A line has the durations of
    a hop's parts, but not their times: the wait for the rate limit is drawn first, then the call to
    the runtime, then the rest.`,
    `FILE may be gzipped; "-" is standard input. A journey must match every option; an option that is
    repeated matches any of its values.`,
    'Example: kubectl logs -l asya=sidecar -c sidecar | asya-sidecar trace --log - --failed',
  ],
  options: {
    log: { type: 'boolean', doc: 'Reads logs instead of spans.' },
    journey: {
      type: 'string',
      value: 'ID',
      multiple: true,
      doc: 'Selects the journey with this id, also as the list shortens it.',
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
    limit: {
      type: 'string',
      value: 'N',
      doc: `Lists the newest N journeys. On a terminal 50 by default, otherwise all.`,
    },
  },
  operands: { name: 'FILE', multiple: true, required: true },
  async run(args, context) {
    const ids = args.valuesOf('journey');
    const limit = args.countOf('limit') ?? defaultLimit(context.terminal);
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
    context.terminal.out(formatJourneys(journeys, limit, context.terminal));
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

/** All journeys are listed when the output is not a terminal. */
function defaultLimit({ width }: Terminal): number {
  return width === undefined ? Number.POSITIVE_INFINITY : DEFAULT_LIMIT;
}
