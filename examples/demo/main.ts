/**
 * The demo: a pipeline of three actors as real processes, envelopes of every fate through it, and what became of
 * them, counted from what has really arrived.
 *
 *   npm run demo
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../src/errors.ts';
import { PIPELINE } from '../pipeline/actors.ts';
import { sweepBroker } from './broker.ts';
import { createParcels } from './kinds.ts';
import { createLedger } from './ledger.ts';
import { readOptions, USAGE, type Options } from './options.ts';
import { createPlace } from './place.ts';
import { createProcesses } from './processes.ts';
import { createReport } from './report.ts';
import { createTerminal, type Terminal } from './terminal.ts';
import { travel } from './travel.ts';

const INTERRUPTED = 130;

process.exitCode = await main(process.argv.slice(2), createTerminal(process.stdout));

/** @returns the exit code: 0, 1 when something went wrong or missing, 2 for bad usage, 130 when interrupted */
async function main(words: readonly string[], terminal: Terminal): Promise<number> {
  let options: Options;
  try {
    options = readOptions(words);
  } catch (error) {
    terminal.print(`${messageOf(error)}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    terminal.print(USAGE);
    return 0;
  }
  return runDemo(options, terminal);
}

async function runDemo(options: Options, terminal: Terminal): Promise<number> {
  const interrupted = nextSignal();
  const folder = await mkdtemp(join(tmpdir(), 'asya-demo-'));
  const place = createPlace(folder, options);
  const processes = createProcesses(place);
  const ledger = createLedger();
  const report = createReport(options, terminal);
  const parcels = createParcels(
    options.count,
    PIPELINE.map(({ name }) => place.actor(name)),
  );
  try {
    await rm(options.traceFile, { force: true });
    const travelled = travel(parcels, { place, processes, ledger, terminal });
    // Once interrupted, nobody waits for it any more.
    travelled.catch(() => {});
    const end = await Promise.race([travelled, processes.failed, interrupted]);
    if (end === 'interrupted') return INTERRUPTED;
    await processes.stop();
    await report.journeys(parcels, (text) => place.plain(text));
    return report.verdict(ledger.summary()) ? 0 : 1;
  } catch (error) {
    terminal.print(terminal.paint('red', messageOf(error)));
    return 1;
  } finally {
    terminal.status('  cleaning up …');
    await processes.stop();
    await sweepBroker(place);
    await rm(folder, { recursive: true, force: true });
    terminal.status('');
  }
}

/** Resolves at the first signal to stop; those that follow change nothing. */
function nextSignal(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve('interrupted'));
    }
  });
}
