/**
 * The demo: a pipeline of three actors as real processes, envelopes of every fate through it, and
 * what became of them, counted from what has really arrived.
 *
 *   npm run demo
 */
import { mkdir, rm } from 'node:fs/promises';
import { messageOf } from '../../src/faults.ts';
import { createTally } from './tally.ts';
import { reachBroker, sweepBroker } from './broker.ts';
import { createEnvelopes } from './scenarios.ts';
import { readOptions, USAGE, type Options } from './options.ts';
import { createDeployment, type Deployment } from './deployment.ts';
import { createProcesses, type Processes } from './processes.ts';
import { createReport } from './report.ts';
import { createTerminal, type Terminal } from './terminal.ts';
import { sendAndWait } from './sendAndWait.ts';

const FAILED = 1;
const BAD_USAGE = 2;
const INTERRUPTED = 130;

// Whatever was interrupted is not waited for.
process.exit(await main(process.argv.slice(2), createTerminal(process.stdout)));

/**
 * @returns the exit code: 0, 1 when something went wrong or missing, 2 for bad usage, 130 when
 * interrupted
 */
async function main(words: readonly string[], terminal: Terminal): Promise<number> {
  let options: Options;
  try {
    options = readOptions(words);
  } catch (error) {
    terminal.print(`${messageOf(error)}\n\n${USAGE}`);
    return BAD_USAGE;
  }
  if (options.help) {
    terminal.print(USAGE);
    return 0;
  }
  const place = createDeployment(options);
  try {
    await reachBroker(place);
    return await runDemo({ options, place, terminal });
  } catch (error) {
    terminal.print(terminal.paint('red', messageOf(error)));
    return FAILED;
  }
}

interface Demo {
  readonly options: Options;
  readonly place: Deployment;
  readonly terminal: Terminal;
}

/** Leaves nothing behind, however it ends. */
async function runDemo(demo: Demo): Promise<number> {
  const { place, terminal } = demo;
  const interrupted = nextSignal();
  const over = new AbortController();
  const processes = createProcesses(place);
  await mkdir(place.folder);
  const shown = show(demo, processes, over.signal);
  try {
    return await Promise.race([shown, processes.failed, interrupted]);
  } finally {
    over.abort();
    terminal.status('  cleaning up …');
    await processes.stop();
    await shown.catch(() => {}); // what it has to say of an interruption is nothing new
    await rm(place.folder, { recursive: true, force: true });
    await sweepBroker(place);
    terminal.status('');
  }
}

async function show(demo: Demo, processes: Processes, over: AbortSignal): Promise<number> {
  const { options, place, terminal } = demo;
  const books = createTally();
  const report = createReport(options, terminal);
  const parcels = createEnvelopes(options.count, place.route);
  await rm(options.traceFile, { force: true });
  report.start();
  await processes.start((end, body) => books.arrived(end, body));
  over.throwIfAborted();
  report.ready();
  await sendAndWait(parcels, { place, books, terminal, over });
  await processes.stop();
  await report.journeys(parcels, (text) => place.plain(text));
  return report.verdict(books.rows()) ? 0 : FAILED;
}

/** Resolves at the first signal to stop; those that follow change nothing. */
function nextSignal(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve(INTERRUPTED));
    }
  });
}
