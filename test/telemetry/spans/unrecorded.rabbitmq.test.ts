import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTraces } from '../../../src/cli/trace/spans/otlp.ts';
import { startCollector, takesAll } from '../../kit/telemetry/collector.ts';
import { stageOnRabbitmq } from '../../kit/rigs/rabbitmqRig.ts';
import { decode } from '../../kit/rigs/rig.ts';
import { startScriptedRuntime } from '../../kit/runtimes/scriptedRuntime.ts';
import { startSidecarProcess } from '../../kit/processes/sidecarProcess.ts';
import { openStage } from '../../kit/rigs/stage.ts';
import { toJson } from '../../kit/telemetry/tracedHops.ts';
import { until } from '../../kit/processes/until.ts';

const UNSAMPLED = '0af7651916cd43dd8448eb211c80319c';
const SAMPLED = '4bf92f3577b34da6a3ce929d0e0e4736';

test('an unsampled hop propagates its trace without spans, next to a sampled one', async (t) => {
  const { url, requests } = await startCollector(t, takesAll);
  const { variables, socketPath, send, happyEnd } = await openStage(t, stageOnRabbitmq());
  const runtime = await startScriptedRuntime(socketPath, (payload) => payload);
  t.after(() => runtime.stop());
  const sidecar = await startSidecarProcess({ ...variables, ...toJson(url) });
  t.after(sidecar.close);
  await send('one', 1, { traceparent: `00-${UNSAMPLED}-b7ad6b7169203331-00` });
  await send('two', 2, { traceparent: `00-${SAMPLED}-00f067aa0ba902b7-01` });
  await until(() => happyEnd.arrived.length === 2, 'the envelopes');
  sidecar.kill('SIGTERM');
  assert.equal(await sidecar.ended(), 0);

  for (const [id, context] of [
    ['one', new RegExp(`^00-${UNSAMPLED}-[0-9a-f]{16}-00$`)],
    ['two', new RegExp(`^00-${SAMPLED}-[0-9a-f]{16}-01$`)],
  ] as const) {
    const delivery = happyEnd.arrived.find((arrived) => decode(arrived)['id'] === id);
    assert.ok(delivery);
    assert.match(String(delivery.headers['traceparent']), context);
    const { traceparent } = decode(delivery)['headers'] as Record<string, unknown>;
    assert.match(String(traceparent), context);
  }
  const { spans } = readTraces((requests.get('/v1/traces') ?? []).join('\n'));
  assert.deepEqual(
    spans.map(({ traceId, name }) => `${traceId} ${name.split(' ')[0]}`).toSorted(),
    ['call', 'process', 'publish'].map((name) => `${SAMPLED} ${name}`),
  );
});
