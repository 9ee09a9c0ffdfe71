import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stageOnRabbitmq } from '../../kit/rigs/rabbitmqRig.ts';
import { decode } from '../../kit/rigs/rig.ts';
import { startScriptedRuntime } from '../../kit/runtimes/scriptedRuntime.ts';
import { startSidecarProcess } from '../../kit/processes/sidecarProcess.ts';
import { openStage } from '../../kit/rigs/stage.ts';
import { until } from '../../kit/processes/until.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('without an exporter of spans, a sidecar passes the trace context through unchanged', async (t) => {
  const { variables, socketPath, send, happyEnd } = await openStage(t, stageOnRabbitmq());
  const runtime = await startScriptedRuntime(socketPath, (payload) => payload);
  t.after(() => runtime.stop());
  const sidecar = await startSidecarProcess(variables);
  t.after(sidecar.close);
  await send('one', 1, { traceparent: TRACEPARENT });
  await until(() => happyEnd.arrived.length === 1, 'the envelope');
  const [delivery] = happyEnd.arrived;
  assert.ok(delivery);
  assert.equal(delivery.headers['traceparent'], TRACEPARENT);
  const { traceparent } = decode(delivery)['headers'] as Record<string, unknown>;
  assert.equal(traceparent, TRACEPARENT);
});
