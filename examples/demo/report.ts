import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { findJourneys, type Journey } from '../../src/cli/trace/journey.ts';
import { readTraces } from '../../src/cli/trace/otlp.ts';
import { drawWaterfall } from '../../src/cli/trace/waterfall.ts';
import { SCENARIOS, type DemoEnvelope } from './scenarios.ts';
import { PIPELINE } from '../pipeline/actors.ts';
import { addUp, type Row } from './tally.ts';
import type { Options } from './options.ts';
import { drawTallyTable } from './tallyTable.ts';
import { drawJourneyTree } from './journeyTree.ts';
import type { Terminal } from './terminal.ts';

/** What the demo tells. */
export interface Report {
  /** The processes are about to start. */
  start(): void;
  /** They are ready. */
  ready(): void;
  /**
   * One journey of each kind, hop by hop, and one of them as a waterfall: from the traces of all
   * sidecars.
   * @param plain a text in which actors are called as people call them
   */
  journeys(parcels: readonly DemoEnvelope[], plain: (text: string) => string): Promise<void>;
  /**
   * What was sent and what arrived; true when nothing is missing or astray. A duplicate is no loss.
   */
  verdict(rows: readonly Row[]): boolean;
}

const WATERFALL_KIND = 'fan-out';
const MIN_COLUMNS = 80;
const MAX_COLUMNS = 120;

export function createReport({ traceFile, broker, count }: Options, terminal: Terminal): Report {
  let startMs = 0;
  return {
    start() {
      startMs = performance.now();
      const route = PIPELINE.map(({ name, protocol }) => `${name} (${protocol})`).join(' → ');
      const title = `${count} ${count === 1 ? 'text' : 'texts'} through ${route}, over ${broker.transport}`;
      terminal.print(`${terminal.paint('bold', title)}\n`);
      terminal.status('  starting a sidecar and a runtime for each actor …');
    },

    ready() {
      const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
      terminal.print(`  every sidecar and runtime is ready after ${seconds} s`);
    },

    async journeys(parcels, plain) {
      const { spans } = readTraces(plain(await readFile(traceFile, 'utf8')));
      const all = new Map(findJourneys(spans).map((journey) => [journey.id, journey]));
      for (const { name, about } of SCENARIOS) {
        const journey = journeyOf(name, parcels, all);
        if (journey === undefined) continue;
        terminal.print(`\n${terminal.paint('bold', name)}  ${terminal.paint('dim', about)}`);
        for (const line of drawJourneyTree(journey, terminal)) terminal.print(line);
      }
      const shown = journeyOf(WATERFALL_KIND, parcels, all);
      if (shown === undefined) return;
      const width = Math.max(MIN_COLUMNS, Math.min(terminal.columns, MAX_COLUMNS));
      terminal.print(`\n${drawWaterfall(shown, { width, colour: terminal.hasColour })}`);
      const file = shortPath(traceFile);
      terminal.print(
        terminal.paint(
          'dim',
          `All traces are in ${file}; npm run trace -- ${file} lists the journeys.`,
        ),
      );
    },

    verdict(rows) {
      const total = addUp(rows);
      terminal.print();
      for (const line of drawTallyTable(rows, total, terminal)) terminal.print(line);
      const isGood = total.lost + total.astray === 0;
      const text = isGood
        ? `Nothing is lost: ${total.sent} envelopes were sent, ${total.fannedOut} came of fan-outs, and all have arrived.`
        : `${total.lost} lost, ${total.astray} astray.`;
      terminal.print(`\n${terminal.paint(isGood ? 'green' : 'red', text)}`);
      return isGood;
    },
  };
}

/** The first journey of a kind. */
function journeyOf(
  kind: string,
  parcels: readonly DemoEnvelope[],
  journeys: ReadonlyMap<string, Journey>,
): Journey | undefined {
  const parcel = parcels.find((candidate) => candidate.kind === kind && journeys.has(candidate.id));
  return journeys.get(parcel?.id ?? '');
}

/** From here, where it is below. */
function shortPath(path: string): string {
  const short = relative('.', path);
  return short.startsWith('..') ? path : short;
}
