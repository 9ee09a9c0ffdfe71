import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import { readPeriodically } from '../../../telemetry/metrics/periodicReading.ts';

const INTERVAL_MS = 15_000;

/** A monitor whose readings the test resolves, in order. */
function setup(t: TestContext, firstDelayMs?: number) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const readings: PromiseWithResolvers<number | undefined>[] = [];
  const monitor = readPeriodically({
    read() {
      const reading = Promise.withResolvers<number | undefined>();
      readings.push(reading);
      return reading.promise;
    },
    intervalMs: INTERVAL_MS,
    ...(firstDelayMs === undefined ? {} : { firstDelayMs }),
  });
  t.after(() => monitor.stop());
  return { monitor, readings };
}

test('the value is read at each connect, and unknown without a connection', async (t) => {
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

test('the value is read periodically, and unknown if the broker does not answer', async (t) => {
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

test('the first periodic reading can be earlier than the interval', async (t) => {
  const { readings } = setup(t, 4_000);
  readings[0]?.resolve(1);
  await setImmediate();
  t.mock.timers.tick(4_000);
  assert.equal(readings.length, 2);
  readings[1]?.resolve(2);
  await setImmediate();
  t.mock.timers.tick(INTERVAL_MS - 1);
  assert.equal(readings.length, 2);
  t.mock.timers.tick(1);
  assert.equal(readings.length, 3);
});

test('no reading follows a stop', async (t) => {
  const { monitor, readings } = setup(t);
  readings[0]?.resolve(1);
  await setImmediate();
  monitor.stop();
  t.mock.timers.tick(INTERVAL_MS);
  assert.equal(readings.length, 1);
});
