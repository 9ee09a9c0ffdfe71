/**
 * The demo: runs a pipeline of three actors as real processes, sends envelopes of several scenarios
 * through it, and counts the envelopes that arrive.
 *
 *   npm run demo
 *
 * Or keeps the pipeline running, with a page in the browser:
 *
 *   npm run demo -- --ui
 */
import { mkdir, rm } from 'node:fs/promises';
import { stop as stopBuilder } from 'esbuild';
import { buildPage } from '../../scripts/buildPage.ts';
import { EXIT } from '../../src/cli/command/exit.ts';
import { messageOf } from '../../src/faults.ts';
import { checkBroker, deleteQueues } from './broker.ts';
import { createDeployment, type Deployment } from './deployment.ts';
import { readOptions, USAGE, type Options } from './options.ts';
import { Processes } from './processes.ts';
import { Report } from './report.ts';
import { createEnvelopes } from './scenarios.ts';
import { Screen } from './screen.ts';
import { sendAndWait } from './sendAndWait.ts';
import { sendStream } from './sendStream.ts';
import { Tally } from './tally.ts';

/** The exit code after a signal: 128 plus the number of SIGINT. */
const INTERRUPTED = 130;

// Exits without waiting for the work that a signal interrupted.
process.exit(await main(process.argv.slice(2), new Screen(process.stdout)));

/** @returns the exit code */
async function main(words: readonly string[], screen: Screen): Promise<number> {
  let options: Options;
  try {
    options = readOptions(words);
  } catch (error) {
    screen.print(`${messageOf(error)}\n\n${USAGE}`);
    return EXIT.usage;
  }
  if (options.help) {
    screen.print(USAGE);
    return EXIT.done;
  }
  const deployment = createDeployment(options);
  try {
    await checkBroker(deployment);
    return await runDemo({ options, deployment, screen });
  } catch (error) {
    screen.print(screen.paint('red', messageOf(error)));
    return EXIT.failed;
  }
}

interface Demo {
  readonly options: Options;
  readonly deployment: Deployment;
  readonly screen: Screen;
}

/** Runs the demo until it ends or is interrupted. Then stops all processes and cleans up. */
async function runDemo(demo: Demo): Promise<number> {
  const { deployment, screen } = demo;
  const interrupted = nextSignal(demo.options.ui ? EXIT.done : INTERRUPTED);
  const stop = new AbortController();
  const processes = new Processes(deployment);
  await mkdir(deployment.folder);
  const run = demo.options.ui ? keepRunning : runPipeline;
  const running = run({ ...demo, processes, stopped: stop.signal });
  try {
    return await Promise.race([running, processes.failed, interrupted]);
  } finally {
    stop.abort();
    screen.status('  cleaning up …');
    await processes.stop();
    await running.catch(() => {}); // the race has reported the first error
    await rm(deployment.folder, { recursive: true, force: true });
    await deleteQueues(deployment);
    screen.status('');
  }
}

/** A demo whose processes are started. */
interface Running extends Demo {
  readonly processes: Processes;
  /** Aborts when the demo ends. */
  readonly stopped: AbortSignal;
}

async function runPipeline(running: Running): Promise<number> {
  const { options, deployment, screen, processes, stopped } = running;
  const tally = new Tally();
  const report = new Report(options, screen);
  const envelopes = createEnvelopes(options.count, deployment.route);
  await rm(options.traceFile, { force: true });
  report.printStart();
  await processes.start(['happy-end', 'error-end'], (end, body) => tally.recordArrival(end, body));
  stopped.throwIfAborted();
  report.printReady();
  await sendAndWait(envelopes, { deployment, tally, screen, stopped });
  await processes.stop();
  await report.printJourneys(envelopes, (text) => deployment.shorten(text));
  return report.printResult(tally.rows()) ? EXIT.done : EXIT.failed;
}

/** Sends envelopes until `stopped` aborts. The failed ones stay in the queue of error-end. */
async function keepRunning(running: Running): Promise<never> {
  const { options, deployment, screen, processes, stopped } = running;
  const report = new Report(options, screen);
  await rm(options.traceFile, { force: true });
  report.printStart();
  await buildPage();
  await stopBuilder();
  await processes.start(['happy-end'], () => {});
  stopped.throwIfAborted();
  report.printReady();
  const listen = options.listen === undefined ? [] : ['--listen', options.listen];
  const args = ['--traces', options.traceFile, ...listen];
  const page = await processes.startPage(args, (line) => screen.print(screen.paint('dim', line)));
  stopped.throwIfAborted();
  report.printPage(page);
  return sendStream({ deployment, traceFile: options.traceFile, stopped });
}

/** Resolves with the exit code at the first signal. Later signals are ignored. */
function nextSignal(code: number): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve(code));
    }
  });
}
