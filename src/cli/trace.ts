import { messageOf } from '../faults.ts';
import { defineCommand, type CommandContext } from './command/command.ts';
import { CommandError, EXIT } from './command/exit.ts';
import { untilStopped } from './command/signals.ts';
import { printable } from './terminal/printable.ts';
import { formatTable } from './terminal/table.ts';
import type { Terminal } from './terminal/terminal.ts';
import { formatDuration } from './trace/duration.ts';
import { findJourneys, type Journey } from './trace/journey.ts';
import type { TracedSpan } from './trace/otlp.ts';
import { SpanCollector } from './trace/spanCollector.ts';
import { drawWaterfall } from './trace/waterfall.ts';

const MIN_WIDTH = 80;
const MAX_WIDTH = 120;

export const traceCommand = defineCommand({
  name: 'trace',
  summary: 'draws journeys from trace files',
  description: [
    `Draws a journey as a waterfall, from files of spans: ASYA_TRACE_FILE, or the output of the file
    exporter of an OpenTelemetry collector. Several files are merged. If the files contain several
    journeys, lists them.`,
  ],
  options: {
    journey: { type: 'string', value: 'ID', doc: 'Draws the journey with this id.' },
  },
  operands: { name: 'FILE', multiple: true, required: true },
  async run(args, context) {
    const spans = await untilStopped(readSpans(args.operands, context), context.stopped);
    const id = args.valueOf('journey');
    const journeys = findJourneys(spans).filter((journey) => id === undefined || journey.id === id);
    if (journeys.length === 0) {
      const missing = id === undefined ? 'journey' : `journey "${id}"`;
      throw new CommandError(`no ${missing} in ${args.operands.join(', ')}`);
    }
    context.terminal.out(format(journeys, context.terminal));
    return EXIT.done;
  },
});

/** @throws {CommandError} when a file cannot be read */
async function readSpans(
  files: readonly string[],
  { terminal, stdin }: CommandContext,
): Promise<readonly TracedSpan[]> {
  const collector = new SpanCollector();
  for (const file of files) {
    try {
      const skipped = await collector.readFile(file, stdin);
      const [first] = skipped;
      if (first !== undefined) terminal.err(describeSkipped(file, first, skipped.length));
    } catch (error) {
      throw new CommandError(`cannot read ${file}: ${messageOf(error)}`, { cause: error });
    }
  }
  return collector.spans;
}

function describeSkipped(file: string, first: number, count: number): string {
  const more = count === 1 ? '' : ` and ${count - 1} more lines`;
  return `${file}:${first}${more}: skipped, not an OTLP request in JSON\n`;
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
