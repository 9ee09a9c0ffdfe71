import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { WORST_INPUTS } from '../fixtures/worstInputs.ts';
import { within } from '../kit/processes/until.ts';

/**
 * Does not measure speed: for 1 MB, a linear algorithm needs far less time, a quadratic one far
 * more.
 */
const LIMIT_MS = 30_000;

for (const name of WORST_INPUTS.keys()) {
  test(`${name}: 1 MB of the worst input is read in linear time`, async () => {
    const worker = new Worker(new URL('../fixtures/worstInputs.ts', import.meta.url), {
      workerData: name,
    });
    try {
      const [code] = await within(once(worker, 'exit'), name, LIMIT_MS);
      assert.equal(code, 0);
    } finally {
      await worker.terminate();
    }
  });
}
