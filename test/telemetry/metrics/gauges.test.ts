import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProcessGauges } from '../../../telemetry/metrics/gauges.ts';
import { until } from '../../kit/processes/until.ts';

const WINDOW_MS = 60_000;
const BLOCKED_MS = 200;

function block(): void {
  const end = performance.now() + BLOCKED_MS;
  while (performance.now() < end);
}

test('every reader gets the delay of the event loop until two windows have passed', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const gauges = createProcessGauges(WINDOW_MS);
  t.after(() => gauges.stop());
  const read = (): Map<string, number> => {
    const values = new Map<string, number>();
    gauges.report((name, value) => values.set(name, value));
    return values;
  };
  const longest = (): number => (read().get('loopDelayMax') ?? 0) * 1000;
  read();
  // The monitor needs one turn of the loop before the long one.
  await until(() => read().has('loopDelayMax'), 'a turn of the event loop');
  block();
  await until(() => longest() >= BLOCKED_MS / 2, 'the long turn');
  const [first, second] = [read(), read()];
  assert.equal(second.get('loopDelayMax'), first.get('loopDelayMax'));
  assert.ok((second.get('loopUtilization') ?? 0) > 0);

  t.mock.timers.tick(WINDOW_MS);
  assert.ok(longest() >= BLOCKED_MS / 2);
  t.mock.timers.tick(WINDOW_MS);
  assert.ok(longest() < BLOCKED_MS / 2);
});
