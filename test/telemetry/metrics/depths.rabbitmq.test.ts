import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { parkedQueue } from '../../../src/transport/queues.ts';
import { MINUTE } from '../../../src/units.ts';
import { openProxy } from '../../kit/brokers/proxy.ts';
import { sharedBroker } from '../../kit/brokers/sharedBroker.ts';
import { stageOnRabbitmq } from '../../kit/rigs/rabbitmqRig.ts';
import { readSeries, scrape } from '../../kit/telemetry/scrape.ts';
import { startSidecarProcess, type Variables } from '../../kit/processes/sidecarProcess.ts';
import { openStage } from '../../kit/rigs/stage.ts';
import { until, untilEqual } from '../../kit/processes/until.ts';

/** A sidecar process without a runtime, and a function that reads one of its metrics. */
async function startSidecar(t: TestContext, variables: Variables) {
  const sidecar = await startSidecarProcess(variables);
  t.after(sidecar.close);
  const valueOf = async (metric: string): Promise<number | undefined> =>
    readSeries(await scrape(`${sidecar.url}/metrics`)).find(
      ({ name }) => name === `asya_actor_${metric}`,
    )?.value;
  return { sidecar, valueOf };
}

test('the queue depth is reported once the broker is connected', async (t) => {
  const { variables, send } = await openStage(t, stageOnRabbitmq());
  // Without a runtime, consuming is paused.
  for (const id of ['one', 'two', 'three']) await send(id, 1);
  const { valueOf } = await startSidecar(t, variables);
  await until(async () => (await valueOf('broker_connected')) === 1, 'the connection');
  await untilEqual(() => valueOf('queue_depth'), 3);
});

/**
 * Leaves two messages at error-end, a parked one and one that waits for a retry. Returns the
 * variables of a sidecar of that actor.
 */
async function leaveMessages(t: TestContext): Promise<Variables> {
  const run = randomUUID().slice(0, 8);
  const errorEnd = `error-${run}`;
  const names = { actor: `work-${run}`, happyEnd: `happy-${run}`, errorEnd };
  const { open, variablesOf } = stageOnRabbitmq();
  const topology = { ...names, retryDelaysMs: [MINUTE] };
  const transport = await open(topology, () => {});
  t.after(() => transport.close());
  const message = { body: Buffer.from('{}'), headers: {} };
  await transport.send(errorEnd, message);
  await transport.send(errorEnd, message);
  await transport.send(parkedQueue(errorEnd), message);
  await transport.send(names.actor, message, { delayMs: MINUTE });
  return {
    ASYA_ACTOR_NAME: names.actor,
    ASYA_ACTOR_HAPPY_END: names.happyEnd,
    ASYA_ACTOR_ERROR_END: errorEnd,
    ASYA_RETRY_BACKOFF: '1m',
    ...variablesOf(topology),
  };
}

const DEPTHS = ['error_end_depth', 'parked_depth', 'retry_depth'];

test('every sidecar reports the messages at error-end, the parked ones and its retries', async (t) => {
  const { valueOf } = await startSidecar(t, await leaveMessages(t));
  await untilEqual(() => Promise.all(DEPTHS.map(valueOf)), [2, 1, 1]);
});

test('without a connection no depth is reported, and the next connection reports all', async (t) => {
  const variables = await leaveMessages(t);
  const url = new URL(sharedBroker().url);
  const brokerPort = Number(url.port);
  const proxy = await openProxy(brokerPort);
  url.port = `${proxy.port}`;
  const { sidecar, valueOf } = await startSidecar(t, { ...variables, ASYA_RABBITMQ_URL: url.href });
  await untilEqual(() => Promise.all(DEPTHS.map(valueOf)), [2, 1, 1]);
  await proxy.close();
  await until(async () => (await valueOf('broker_connected')) === 0, 'the lost connection');
  const unknown = DEPTHS.map(() => undefined);
  await untilEqual(() => Promise.all(DEPTHS.map(valueOf)), unknown);
  const restarted = await openProxy(brokerPort, proxy.port);
  t.after(() => restarted.close());
  await untilEqual(() => Promise.all(DEPTHS.map(valueOf)), [2, 1, 1]);
  assert.deepEqual(sidecar.errors, []);
});
