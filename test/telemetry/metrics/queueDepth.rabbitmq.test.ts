import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stageOnRabbitmq } from '../../kit/rigs/rabbitmqRig.ts';
import { readSeries, scrape } from '../../kit/telemetry/scrape.ts';
import { startSidecarProcess } from '../../kit/processes/sidecarProcess.ts';
import { openStage } from '../../kit/rigs/stage.ts';
import { until } from '../../kit/processes/until.ts';

test('the queue depth is reported once the broker is connected', async (t) => {
  const { variables, send } = await openStage(t, stageOnRabbitmq());
  // Without a runtime, consuming is paused.
  for (const id of ['one', 'two', 'three']) await send(id, 1);
  const sidecar = await startSidecarProcess(variables);
  t.after(sidecar.close);
  const valueOf = async (metric: string): Promise<number | undefined> =>
    readSeries(await scrape(`${sidecar.url}/metrics`)).find(({ name }) => name === metric)?.value;
  await until(async () => (await valueOf('asya_actor_broker_connected')) === 1, 'the connection');
  await until(
    async () => (await valueOf('asya_actor_queue_depth')) !== undefined,
    'the depth',
    5_000,
  );
  assert.equal(await valueOf('asya_actor_queue_depth'), 3);
});
