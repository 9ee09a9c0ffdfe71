import { connect } from 'amqplib';
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { openBroker, type Broker } from '../kit/brokers/broker.ts';
import { rssOf } from '../kit/processes/memory.ts';
import { stageOnRabbitmq } from '../kit/rigs/rabbitmqRig.ts';
import { rabbitmqctl } from '../kit/brokers/rabbitmqctl.ts';
import { readSeries, scrape } from '../kit/telemetry/scrape.ts';
import { startScriptedRuntime } from '../kit/runtimes/scriptedRuntime.ts';
import { sharedBroker } from '../kit/brokers/sharedBroker.ts';
import { startSidecarProcess } from '../kit/processes/sidecarProcess.ts';
import { countIds, openStage, type Stage, type StageOptions } from '../kit/rigs/stage.ts';
import { until } from '../kit/processes/until.ts';

const CONCURRENCY = 4;

describe('redelivery storms', { timeout: 240_000 }, () => {
  test('during an absence of the runtime each message is redelivered at most once', async (t) => {
    const stage = await openStage(t, stageOnRabbitmq());
    const runtime = await startScriptedRuntime(stage.socketPath, () => 'hang');
    t.after(() => runtime.stop());
    const sidecar = await startSidecar(t, stage, { ASYA_RUNTIME_READY_TIMEOUT: '3s' });
    for (let n = 0; n < 40; n++) await stage.send(`env-${n}`, n);
    await until(() => runtime.calls.length === CONCURRENCY, 'concurrent calls', 20_000);
    runtime.script = () => '"done"';
    await runtime.stop();
    await sidecar.logged('runtime not ready in time');
    const gaveBack = await countGivenBack(sidecar.url);
    assert.ok(gaveBack <= 2 * CONCURRENCY, `${gaveBack} were given back in three seconds`);
    await runtime.start();
    await until(() => countIds(stage.happyEnd) === 40, 'the backlog', 60_000);
    assert.equal(stage.errorEnd.arrived.length, 0);
  });

  test('a slow runtime does not increase memory: unprocessed messages stay at the broker', async (t) => {
    const stage = await openStage(t, stageOnRabbitmq());
    const runtime = await startScriptedRuntime(stage.socketPath, () => 'hang');
    t.after(() => runtime.stop());
    const sidecar = await startSidecar(t, stage, {});
    const before = rssMebibytes(sidecar.pid);
    const payload = 'x'.repeat(500_000);
    for (let n = 0; n < 120; n++) await stage.send(`env-${n}`, payload);
    await until(() => runtime.calls.length === CONCURRENCY, 'concurrent calls', 20_000);
    const grown = rssMebibytes(sidecar.pid) - before;
    assert.ok(grown < 45, `it has grown by ${grown} MiB with 60 MB in its queue`);
    assert.equal(runtime.calls.length, CONCURRENCY);
  });

  test('calls longer than consumer_timeout lose nothing in a foreign queue with a delivery limit', async (t) => {
    const broker = await openBroker({ series: sharedBroker().series });
    t.after(() => broker.close());
    for (const setting of ['consumer_timeout, 1000', 'channel_tick_interval, 500']) {
      await rabbitmqctl(broker.control, 'eval', `application:set_env(rabbit, ${setting}).`);
    }
    const stage = await openStage(t, withLimitedQueue(broker));
    const runtime = await startScriptedRuntime(stage.socketPath, answerAfterSeconds);
    t.after(() => runtime.stop());
    const sidecar = await startSidecar(t, stage, {});
    for (let n = 0; n < CONCURRENCY; n++) await stage.send(`env-${n}`, n);
    // RabbitMQ 4.3 cancels the consumer; earlier versions close its channel.
    const is43 = sharedBroker().series === '4.3';
    await sidecar.logged(
      is43
        ? 'consumer cancelled by the broker; consuming again'
        : 'consuming channel closed by the broker',
    );
    await until(() => countIds(stage.happyEnd) === CONCURRENCY, 'all envelopes', 60_000);
    assert.equal(stage.errorEnd.arrived.length, 0);
    assert.equal(runtime.calls.length, CONCURRENCY, 'a redelivery joins the running call');
  });
});

/** Declares the actor's queue before the sidecar does, with the arguments of another program. */
function withLimitedQueue(broker: Broker): StageOptions {
  const stage = stageOnRabbitmq(broker);
  return {
    ...stage,
    open: async (topology, onState) => {
      if (topology.actor.startsWith('work-'))
        await declareLimited(broker.url, `asya-${topology.actor}`);
      return stage.open(topology, onState);
    },
  };
}

async function declareLimited(url: string, queue: string): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  const args = { 'x-queue-type': 'quorum', 'x-delivery-limit': 20 };
  await channel.assertQueue(queue, { durable: true, arguments: args });
  await connection.close();
}

async function startSidecar(t: TestContext, { variables }: Stage, more: Record<string, string>) {
  const sidecar = await startSidecarProcess({
    ...variables,
    ASYA_CONCURRENCY: `${CONCURRENCY}`,
    ...more,
  });
  t.after(sidecar.close);
  await sidecar.ready();
  return sidecar;
}

/** Longer than the `consumer_timeout` of the broker. */
function answerAfterSeconds(payload: string): Promise<string> {
  return new Promise((resolve) => void setTimeout(resolve, 4_000, payload));
}

/** The number of messages given back, from the sidecar's metrics. */
async function countGivenBack(url: string): Promise<number> {
  const series = readSeries(await scrape(`${url}/metrics`));
  return series
    .filter(({ name }) => name === 'asya_actor_given_back_total')
    .reduce((sum, { value }) => sum + value, 0);
}

function rssMebibytes(pid: number): number {
  return rssOf(pid) / 2 ** 20;
}
