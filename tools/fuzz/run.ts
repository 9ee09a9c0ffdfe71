import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import * as fc from 'fast-check';
import { PROPERTIES } from './properties.ts';

/**
 * Feeds what strangers may send to everything that reads it, and ends with 1 at the first input
 * that does harm:
 *
 *   npm run fuzz                                       200,000 inputs
 *   npm run fuzz -- --inputs 2000000                   another number
 *   npm run fuzz -- --seed 7                           the same inputs again
 *
 * It runs in a thread, so that an input on which a reader never ends is found too.
 */
const HANG_MS = 20_000;

interface Task {
  readonly seed: number;
  readonly inputs: number;
}

if (isMainThread) main();
else work(workerData as Task);

function main(): void {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, inputs: { type: 'string', default: '200000' } },
  });
  const task: Task = {
    seed: Number(values.seed ?? Date.now() % 1_000_000),
    inputs: Number(values.inputs),
  };
  console.log(`seed ${task.seed}, ${task.inputs} inputs`);
  const worker = new Worker(new URL(import.meta.url), { workerData: task });
  const hangs = (): void => {
    console.error(
      `an input is not done with after ${HANG_MS} ms; seed ${task.seed} brings it again`,
    );
    process.exit(1);
  };
  let timer = setTimeout(hangs, HANG_MS);
  worker.on('message', () => {
    clearTimeout(timer);
    timer = setTimeout(hangs, HANG_MS);
  });
  worker.on('error', (error: Error) => {
    console.error(error.message);
    process.exit(1);
  });
  worker.on('exit', () => clearTimeout(timer));
}

function work({ seed, inputs }: Task): void {
  const properties = Object.entries(PROPERTIES);
  const numRuns = Math.ceil(inputs / properties.length);
  for (const [name, property] of properties) {
    const startedAtMs = performance.now();
    const result = fc.check(watched(property), { seed, numRuns }) as fc.RunDetails<unknown>;
    if (result.failed)
      throw new Error(`${name}: ${fc.defaultReportMessage(result) ?? 'it failed'}`);
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
    console.log(`${name.padEnd(12)} ${String(result.numRuns).padStart(8)} inputs in ${seconds} s`);
  }
}

/** Tells the main thread now and then that the inputs still come. */
function watched(property: fc.IRawProperty<unknown>): fc.IRawProperty<unknown> {
  let runs = 0;
  const generate = property.generate.bind(property);
  property.generate = (...args) => {
    if (++runs % 500 === 0) tellAlive();
    return generate(...args);
  };
  return property;
}

function tellAlive(): void {
  // A thread's port has no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage('alive');
}
