import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import {
  monitorQueueDepth,
  type QueueDepthMonitor,
} from '../../../telemetry/metrics/queueDepth.ts';

const INTERVAL_MS = 15_000;

/** A monitor whose readings the test resolves, in order. */
function setup(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const readings: PromiseWithResolvers<number | undefined>[] = [];
  const monitor: QueueDepthMonitor = monitorQueueDepth(() => {
    const reading = Promise.withResolvers<number | undefined>();
    readings.push(reading);
    return reading.promise;
  }, INTERVAL_MS);
  t.after(() => monitor.stop());
  return { monitor, readings };
}

test('the depth is read at each connect, and unknown without a connection', async (t) => {
  const { monitor, readings } = setup(t);
  readings[0]?.resolve(undefined);
  await setImmediate();
  assert.equal(monitor.latest(), undefined);

  monitor.onState({ connected: true });
  monitor.onState({ connected: true });
  assert.equal(readings.length, 2);
  readings[1]?.resolve(3);
  await setImmediate();
  assert.equal(monitor.latest(), 3);

  monitor.onState({ connected: false });
  assert.equal(monitor.latest(), undefined);
  monitor.onState({ connected: true });
  readings[2]?.resolve(5);
  await setImmediate();
  assert.equal(monitor.latest(), 5);
});

test('a reading of an earlier connection is ignored', async (t) => {
  const { monitor, readings } = setup(t);
  monitor.onState({ connected: true });
  monitor.onState({ connected: false });
  monitor.onState({ connected: true });
  readings[2]?.resolve(7);
  await setImmediate();
  readings[1]?.resolve(3);
  readings[0]?.reject(new Error('lost'));
  await setImmediate();
  assert.equal(monitor.latest(), 7);
});

test('the depth is read every 15 s, and unknown if the broker does not answer', async (t) => {
  const { monitor, readings } = setup(t);
  readings[0]?.resolve(1);
  await setImmediate();
  t.mock.timers.tick(INTERVAL_MS);
  assert.equal(readings.length, 2);
  assert.equal(monitor.latest(), 1);
  t.mock.timers.tick(INTERVAL_MS);
  assert.equal(readings.length, 2);
  assert.equal(monitor.latest(), undefined);
});
