import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { findJourneys, type Journey } from '../../src/cli/trace/journeys/journey.ts';
import { readTraces } from '../../src/cli/trace/spans/otlp.ts';
import { drawWaterfall } from '../../src/cli/trace/waterfall.ts';
import { PIPELINE, type PipelineActor } from '../pipeline/actors.ts';
import { describeBatches } from './batches.ts';
import { drawJourneyTree } from './journeyTree.ts';
import type { Options } from './options.ts';
import { FAULTY_ORDER_ID, SCENARIOS, type DemoEnvelope } from './scenarios.ts';
import type { Screen } from './screen.ts';
import { addUp, type Row } from './tally.ts';
import { drawTallyTable } from './tallyTable.ts';

const WATERFALL_SCENARIO = 'fan-out';
const MIN_COLUMNS = 80;
const MAX_COLUMNS = 120;

/** Prints the phases and the results of the demo. */
export class Report {
  readonly #options: Options;
  readonly #screen: Screen;
  #startMs = 0;

  constructor(options: Options, screen: Screen) {
    this.#options = options;
    this.#screen = screen;
  }

  printStart(): void {
    const { count, broker, ui } = this.#options;
    this.#startMs = performance.now();
    const route = PIPELINE.map(({ name }) => name).join(' → ');
    const counted = count === 1 ? '1 envelope' : `${count} envelopes`;
    const envelopes = ui ? 'A slow stream of envelopes' : counted;
    const title = `${envelopes} through ${route}, over ${broker.transport}`;
    this.#screen.print(`${this.#screen.paint('bold', title)}\n`);
    for (const actor of PIPELINE) this.#screen.print(`  ${describeActor(actor)}`);
    this.#screen.status('  starting a sidecar and a runtime for each actor …');
  }

  printReady(): void {
    const seconds = ((performance.now() - this.#startMs) / 1000).toFixed(1);
    this.#screen.print(`  all sidecars and runtimes are ready after ${seconds} s`);
  }

  /** Prints the address of the page, and a task for it. */
  printPage(address: string): void {
    this.#screen.print(`\n  ${this.#screen.paint('bold', address)}\n`);
    this.#screen.print(`Find out why ${FAULTY_ORDER_ID} failed, fix its payload, and replay it.`);
    this.#screen.print(this.#screen.paint('dim', 'Ctrl-C ends the demo.'));
  }

  /**
   * Prints one journey of each scenario as a tree, and one journey as a waterfall.
   * @param shorten replaces the unique names of actors with short ones
   */
  async printJourneys(
    envelopes: readonly DemoEnvelope[],
    shorten: (text: string) => string,
  ): Promise<void> {
    const { traceFile } = this.#options;
    const screen = this.#screen;
    const { spans } = readTraces(shorten(await readFile(traceFile, 'utf8')));
    const journeys = new Map(findJourneys(spans).map((journey) => [journey.id, journey]));
    for (const { name, description } of SCENARIOS) {
      const journey = findJourney(name, envelopes, journeys);
      if (journey === undefined) continue;
      screen.print(`\n${screen.paint('bold', name)}  ${screen.paint('dim', description)}`);
      for (const line of drawJourneyTree(journey, screen)) screen.print(line);
    }
    for (const { name, batchSize } of PIPELINE) {
      if (batchSize === 1) continue;
      screen.print(`\n${screen.paint('bold', 'batches')}  ${describeBatches(name, spans)}`);
    }
    const journey = findJourney(WATERFALL_SCENARIO, envelopes, journeys);
    if (journey === undefined) return;
    const width = Math.max(MIN_COLUMNS, Math.min(screen.columns, MAX_COLUMNS));
    screen.print(`\n${drawWaterfall(journey, { width, colour: screen.hasColour })}`);
    const file = shortPath(traceFile);
    const hint = `${file} contains all traces. List the journeys with: npm run trace -- ${file}`;
    screen.print(screen.paint('dim', hint));
  }

  /**
   * Prints the counts. Duplicates are not failures, because delivery is at least once.
   * @returns whether every envelope arrived at the expected end
   */
  printResult(rows: readonly Row[]): boolean {
    const total = addUp(rows);
    const { sent, fannedOut, lost, unexpected } = total;
    this.#screen.print();
    for (const line of drawTallyTable(rows, total, this.#screen)) this.#screen.print(line);
    const isComplete = lost + unexpected === 0;
    const text = isComplete
      ? `All envelopes arrived: ${sent} were sent, and fan-outs created ${fannedOut} more.`
      : `${lost} envelopes are lost, and ${unexpected} arrived unexpectedly.`;
    this.#screen.print(`\n${this.#screen.paint(isComplete ? 'green' : 'red', text)}`);
    return isComplete;
  }
}

function describeActor({ name, runtime, protocol, batchSize }: PipelineActor): string {
  const batches = batchSize === 1 ? '' : `, batches of up to ${batchSize}`;
  return `${name.padEnd(6)}  ${runtime}, protocol ${protocol}${batches}`;
}

/** Returns the first journey of a scenario. */
function findJourney(
  scenario: string,
  envelopes: readonly DemoEnvelope[],
  journeys: ReadonlyMap<string, Journey>,
): Journey | undefined {
  const envelope = envelopes.find((it) => it.scenario === scenario && journeys.has(it.id));
  return journeys.get(envelope?.id ?? '');
}

/** Returns the path relative to the working directory, if the file is below it. */
function shortPath(path: string): string {
  const short = relative('.', path);
  return short.startsWith('..') ? path : short;
}
