import { parseArgs } from 'node:util';
import { printable } from './terminal/printable.ts';
import { formatTable } from './terminal/table.ts';
import type { Terminal } from './terminal/terminal.ts';
import { messageOf } from '../faults.ts';
import { findJourneys, type Journey } from './trace/journey.ts';
import type { TracedSpan } from './trace/otlp.ts';
import { createSpanCollector } from './trace/traceFiles.ts';
import { drawWaterfall, formatDuration } from './trace/waterfall.ts';

const USAGE = `usage: asya-sidecar trace FILE… [--journey ID]

Draws the journeys in files of traces (ASYA_TRACE_FILE, or a collector's file exporter), merged.
With several journeys and no --journey, lists them.
`;

const MIN_WIDTH = 80;
const MAX_WIDTH = 120;

/**
 * The command `trace`.
 * @returns the exit code: 0 when something was drawn or listed, 1 when there is nothing to draw, 2
 * for bad usage
 */
export async function traceCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const asked = readArguments(args);
  if (asked.problem !== undefined) {
    terminal.err(`${asked.problem}\n\n${USAGE}`);
    return 2;
  }
  if (asked.help) {
    terminal.out(USAGE);
    return 0;
  }
  const spans = await readAll(asked.files, terminal);
  if (spans === undefined) return 1;
  return show(findJourneys(spans), asked.journey, terminal);
}

function show(journeys: readonly Journey[], id: string | undefined, terminal: Terminal): number {
  const chosen = id === undefined ? journeys : journeys.filter((journey) => journey.id === id);
  const [first, second] = chosen;
  if (first === undefined) {
    terminal.err(
      id === undefined
        ? 'no journey in these files\n'
        : `no journey "${printable(id)}" in these files\n`,
    );
    return 1;
  }
  const width = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, terminal.width ?? MAX_WIDTH));
  terminal.out(
    second === undefined
      ? drawWaterfall(first, { width, colour: terminal.colour })
      : listOf(chosen),
  );
  return 0;
}

function listOf(journeys: readonly Journey[]): string {
  const rows = journeys.map(({ id, hops, ends, startMs, endMs }) => [
    new Date(startMs).toISOString(),
    formatDuration(endMs - startMs),
    String(hops),
    ends.length === 0 ? 'under way' : printable(ends.join(', ')),
    // Last, as it may be long, and is to be copied.
    printable(id),
  ]);
  const table = formatTable([['began', 'duration', 'hops', 'ended at', 'journey'], ...rows]);
  return `${table}\ndraw one with --journey ID\n`;
}

interface Asked {
  readonly problem?: string;
  readonly help: boolean;
  readonly files: readonly string[];
  readonly journey: string | undefined;
}

function readArguments(args: readonly string[]): Asked {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { journey: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    const help = values.help === true;
    const asked = { help, files: positionals, journey: values.journey };
    return help || positionals.length > 0
      ? asked
      : { ...asked, problem: 'at least one FILE is needed' };
  } catch (error) {
    return { problem: messageOf(error), help: false, files: [], journey: undefined };
  }
}

/** Undefined when a file cannot be read. Lines that are not OTLP are reported and left out. */
async function readAll(
  files: readonly string[],
  terminal: Terminal,
): Promise<readonly TracedSpan[] | undefined> {
  const collector = createSpanCollector();
  for (const file of files) {
    try {
      const badLines = await collector.readFile(file);
      const [first] = badLines;
      if (first !== undefined) terminal.err(leftOut(file, first, badLines.length));
    } catch (error) {
      terminal.err(`${messageOf(error)}\n`);
      return undefined;
    }
  }
  return collector.spans;
}

function leftOut(file: string, first: number, count: number): string {
  const more = count === 1 ? '' : `, and ${count - 1} more lines`;
  return `${file}:${first}${more}: no OTLP request in JSON, left out\n`;
}
