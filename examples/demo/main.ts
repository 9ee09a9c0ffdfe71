/**
 * The demo: runs a pipeline of three actors as real processes, sends envelopes of several scenarios
 * through it, and counts the envelopes that arrive.
 *
 *   npm run demo
 */
import { mkdir, rm } from 'node:fs/promises';
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
  const interrupted = nextSignal();
  const stop = new AbortController();
  const processes = new Processes(deployment);
  await mkdir(deployment.folder);
  const running = runPipeline(demo, processes, stop.signal);
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

async function runPipeline(
  { options, deployment, screen }: Demo,
  processes: Processes,
  stopped: AbortSignal,
): Promise<number> {
  const tally = new Tally();
  const report = new Report(options, screen);
  const envelopes = createEnvelopes(options.count, deployment.route);
  await rm(options.traceFile, { force: true });
  report.printStart();
  await processes.start((end, body) => tally.recordArrival(end, body));
  stopped.throwIfAborted();
  report.printReady();
  await sendAndWait(envelopes, { deployment, tally, screen, stopped });
  await processes.stop();
  await report.printJourneys(envelopes, (text) => deployment.shorten(text));
  return report.printResult(tally.rows()) ? EXIT.done : EXIT.failed;
}

/** Resolves with the exit code at the first signal. Later signals are ignored. */
function nextSignal(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve(INTERRUPTED));
    }
  });
}
