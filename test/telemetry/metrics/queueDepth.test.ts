import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import {
  monitorQueueDepth,
  type QueueDepthMonitor,
} from '../../../telemetry/metrics/queueDepth.ts';

const INTERVAL_MS = 15_000;

/** A watch whose readings a test answers, in order. */
function setup(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const asked: PromiseWithResolvers<number | undefined>[] = [];
  const watch: QueueDepthMonitor = monitorQueueDepth(() => {
    const answer = Promise.withResolvers<number | undefined>();
    asked.push(answer);
    return answer.promise;
  }, INTERVAL_MS);
  t.after(() => watch.stop());
  return { watch, asked };
}

test('the depth is read at each connect, and unknown while there is no connection', async (t) => {
  const { watch, asked } = setup(t);
  asked[0]?.resolve(undefined);
  await setImmediate();
  assert.equal(watch.latest(), undefined);

  watch.onState({ connected: true });
  watch.onState({ connected: true });
  assert.equal(asked.length, 2);
  asked[1]?.resolve(3);
  await setImmediate();
  assert.equal(watch.latest(), 3);

  watch.onState({ connected: false });
  assert.equal(watch.latest(), undefined);
  watch.onState({ connected: true });
  asked[2]?.resolve(5);
  await setImmediate();
  assert.equal(watch.latest(), 5);
});

test('a reading of an earlier connection is ignored', async (t) => {
  const { watch, asked } = setup(t);
  watch.onState({ connected: true });
  watch.onState({ connected: false });
  watch.onState({ connected: true });
  asked[2]?.resolve(7);
  await setImmediate();
  asked[1]?.resolve(3);
  asked[0]?.reject(new Error('lost'));
  await setImmediate();
  assert.equal(watch.latest(), 7);
});

test('the depth is read every 15 s, and unknown when the broker does not answer', async (t) => {
  const { watch, asked } = setup(t);
  asked[0]?.resolve(1);
  await setImmediate();
  t.mock.timers.tick(INTERVAL_MS);
  assert.equal(asked.length, 2);
  assert.equal(watch.latest(), 1);
  t.mock.timers.tick(INTERVAL_MS);
  assert.equal(asked.length, 2);
  assert.equal(watch.latest(), undefined);
});
