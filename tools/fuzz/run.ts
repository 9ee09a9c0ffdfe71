import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import * as fc from 'fast-check';
import { PROPERTIES } from './properties.ts';

/**
 * Runs all readers of foreign input with hostile inputs. Exits with 1 at the first failure:
 *
 *   npm run fuzz                       200,000 inputs
 *   npm run fuzz -- --inputs 2000000   another number of inputs
 *   npm run fuzz -- --seed 7           the inputs of an earlier run
 *
 * The readers run in a worker thread, so that an endless loop is detected too.
 */
const HANG_MS = 20_000;

interface Task {
  readonly seed: number;
  readonly inputs: number;
}

if (isMainThread) main();
else checkAll(workerData as Task);

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
  const onHang = (): void => {
    console.error(`no progress for ${HANG_MS} ms; repeat the inputs with --seed ${task.seed}`);
    process.exit(1);
  };
  let timer = setTimeout(onHang, HANG_MS);
  worker.on('message', () => {
    clearTimeout(timer);
    timer = setTimeout(onHang, HANG_MS);
  });
  worker.on('error', (error: Error) => {
    console.error(error.message);
    process.exit(1);
  });
  worker.on('exit', () => clearTimeout(timer));
}

function checkAll({ seed, inputs }: Task): void {
  const properties = Object.entries(PROPERTIES);
  const numRuns = Math.ceil(inputs / properties.length);
  for (const [name, property] of properties) {
    const startedAtMs = performance.now();
    const result = fc.check(withProgress(property), { seed, numRuns }) as fc.RunDetails<unknown>;
    if (result.failed)
      throw new Error(`${name}: ${fc.defaultReportMessage(result) ?? 'property failed'}`);
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
    console.log(`${name.padEnd(12)} ${String(result.numRuns).padStart(8)} inputs in ${seconds} s`);
  }
}

/** Reports progress to the main thread every 500 inputs. */
function withProgress(property: fc.IRawProperty<unknown>): fc.IRawProperty<unknown> {
  let runs = 0;
  const generate = property.generate.bind(property);
  property.generate = (...args) => {
    if (++runs % 500 === 0) reportProgress();
    return generate(...args);
  };
  return property;
}

function reportProgress(): void {
  // The port of a worker thread has no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage('progress');
}
