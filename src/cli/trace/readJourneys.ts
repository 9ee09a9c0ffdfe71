import type { Readable } from 'node:stream';
import { messageOf } from '../../faults.ts';
import { CommandError } from '../command/exit.ts';
import { findJourneys, type Journey } from './journeys/journey.ts';
import type { HopLine } from './log/hopLine.ts';
import { HopLineCollector } from './log/hopLineCollector.ts';
import { createLogSpans, type EndNames } from './log/logSpans.ts';
import { SpanCollector, type SkippedLines } from './spans/spanCollector.ts';

export interface ReadOptions {
  readonly stdin: Readable;
  /** Receives a line about lines that were skipped. */
  readonly warn: (line: string) => void;
}

/**
 * Reads the journeys of trace files, ordered by their start.
 * @param files `-` is standard input
 * @throws {CommandError} when a file cannot be read, or contains lines but no span
 */
export async function readTracedJourneys(
  files: readonly string[],
  { stdin, warn }: ReadOptions,
): Promise<readonly Journey[]> {
  const collector = new SpanCollector();
  for (const file of files) {
    const skipped = await orCommandError(file, collector.readFile(file, stdin));
    if (skipped.count > 0 && collector.spans.length === 0) {
      const hint = 'no OTLP request in JSON; for the log of a sidecar, use --log';
      throw new CommandError(`${file}: ${hint}`);
    }
    if (skipped.count > 0) warn(describeSkipped(file, skipped));
  }
  return findJourneys(collector.spans);
}

export interface LogOptions extends Pick<ReadOptions, 'stdin'> {
  readonly ends: EndNames;
  /** The only journeys to read; all if the list is empty. */
  readonly ids: readonly string[];
}

/**
 * Reads the journeys in the logs of sidecars, ordered by their start.
 * @param files `-` is standard input
 * @throws {CommandError} when a file cannot be read, or no file has a hop
 */
export async function readLoggedJourneys(
  files: readonly string[],
  { stdin, ends, ids }: LogOptions,
): Promise<readonly Journey[]> {
  const collector = new HopLineCollector(ids);
  for (const file of files) await orCommandError(file, collector.readFile(file, stdin));
  const journeys = [...collector.journeys()];
  if (journeys.length === 0 && ids.length === 0) {
    const rule = 'a sidecar logs hops with ASYA_LOG_FORMAT=json at the level info';
    throw new CommandError(`no hop in ${files.join(', ')}: ${rule}`);
  }
  return journeys
    .map((hops) => createLoggedJourney(hops, ends))
    .filter((journey) => journey !== undefined)
    .toSorted((a, b) => a.startMs - b.startMs);
}

/** Keeps no spans, which need more memory than the lines, until the journey is drawn. */
function createLoggedJourney(hops: readonly HopLine[], ends: EndNames): Journey | undefined {
  const find = (): Journey | undefined => findJourneys(createLogSpans(hops, ends))[0];
  const journey = find();
  if (journey === undefined) return undefined;
  const { id, actors, failed, pending, traces, startMs, endMs } = journey;
  return {
    id,
    hops: journey.hops,
    ends: journey.ends,
    actors,
    failed,
    pending,
    traces,
    startMs,
    endMs,
    get roots() {
      return find()?.roots ?? [];
    },
  };
}

async function orCommandError<T>(file: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

function describeSkipped(file: string, { firstLine, count }: SkippedLines): string {
  const more = count === 1 ? '' : ` and ${count - 1} more lines`;
  return `${file}:${firstLine}${more}: skipped, not an OTLP request in JSON`;
}
