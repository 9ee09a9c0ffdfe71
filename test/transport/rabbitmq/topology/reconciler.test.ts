import assert from 'node:assert/strict';
import type { ConfirmChannel } from 'amqplib';
import { describe, test, type TestContext } from 'node:test';
import { openAmqpChannel } from '../../../kit/brokers/amqpChannel.ts';
import { exchangeOf, openOnRabbitmq } from '../../../kit/rigs/rabbitmqRig.ts';
import { openRabbitmqTransport } from '../../../kit/brokers/rabbitmqTransport.ts';
import { decode, openRig, RETRY_DELAYS_MS, type Rig } from '../../../kit/rigs/rig.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';
import { until } from '../../../kit/processes/until.ts';

const { url } = sharedBroker();
const TIMEOUT_MS = 30_000;
const CHECK_INTERVAL_MS = 300;
const CONCURRENCY = 4;

/** What an operator deletes, by name. */
const DELETIONS: Readonly<Record<string, (channel: ConfirmChannel, rig: Rig) => Promise<unknown>>> =
  {
    exchange: (channel, { names }) => channel.deleteExchange(exchangeOf(names)),
    queue: (channel, { names }) => channel.deleteQueue(`asya-${names.actor}`),
    binding: (channel, { names }) =>
      channel.unbindQueue(`asya-${names.actor}`, exchangeOf(names), names.actor),
    'retry queue': async (channel, { names }) => {
      for (const delayMs of RETRY_DELAYS_MS)
        await channel.deleteQueue(`asya-${names.actor}:retry:${delayMs}`);
    },
  };

describe(
  'a part of the topology that is deleted comes back',
  { concurrency: 4, timeout: 120_000 },
  () => {
    for (const [part, remove] of Object.entries(DELETIONS)) {
      test(`${part}, while the sidecar is idle`, async (t) => {
        const { rig, channel, sendUntilTaken } = await setup(t);
        await sendUntilTaken('before');
        await arrivedAtNext(rig, ['before']);
        await remove(channel, rig);
        await sendUntilTaken('after');
        await arrivedAtNext(rig, ['before', 'after']);
        assert.deepEqual(rig.errorEnd.arrived.map(decode), []);
        await until(() => isReady(rig), 'ready');
      });

      test(`${part}, while the sidecar is busy`, async (t) => {
        const { rig, channel, hang, release, sendUntilTaken } = await setup(t);
        hang();
        const payloads = Array.from({ length: CONCURRENCY }, (_, n) => `in hand ${n}`);
        for (const payload of payloads) await sendUntilTaken(payload);
        await until(() => rig.runtime.calls.length === CONCURRENCY, 'all calls');
        await remove(channel, rig);
        // RabbitMQ moves a retry whose queue is missing when it is due only three minutes later.
        if (part === 'queue') await sendUntilTaken('meanwhile');
        release();
        await arrivedAtNext(rig, payloads);
        await sendUntilTaken('after');
        await arrivedAtNext(rig, [...payloads, 'after']);
        assert.deepEqual(rig.errorEnd.arrived.map(decode), []);
        await until(() => isReady(rig), 'ready');
      });
    }

    test('binding of the next actor: its dispatches wait in the retry queue', async (t) => {
      const { rig, channel, sendUntilTaken } = await setup(t);
      await channel.unbindQueue(`asya-${rig.names.next}`, exchangeOf(rig.names), rig.names.next);
      await sendUntilTaken('waits');
      await arrivedAtNext(rig, ['waits']);
      assert.deepEqual(rig.errorEnd.arrived.map(decode), []);
    });
  },
);

/**
 * A sidecar whose runtime asks for a second attempt of each payload, so that each envelope needs
 * the retry queue.
 */
async function setup(t: TestContext) {
  let gate: PromiseWithResolvers<void> | undefined;
  const seen = new Set<string>();
  const rig = await openRig({
    open: openOnRabbitmq(undefined, { checkIntervalMs: CHECK_INTERVAL_MS }),
    concurrency: CONCURRENCY,
    // More time than a check interval.
    config: { retry: { maxAttempts: 100 } },
    script: async (payload) => {
      await gate?.promise;
      if (seen.has(payload)) return payload;
      seen.add(payload);
      return JSON.stringify({ error: 'again', message: 'not yet', retryable: true });
    },
  });
  t.after(() => rig.close());
  // A producer that declares nothing, and repeats what the broker did not take.
  const ports = [Number(new URL(url).port)];
  const producer = await openRabbitmqTransport(t, undefined, {
    ports,
    exchange: exchangeOf(rig.names),
  });
  const isSent = async (payload: string): Promise<boolean> => {
    const body = Buffer.from(JSON.stringify(rig.envelope(payload)));
    const sent = producer.transport.send(rig.names.actor, { body, headers: {} });
    return sent.then(() => true).catch(() => false); // lost with the exchange, or unroutable
  };
  return {
    rig,
    sendUntilTaken: (payload: string) => until(() => isSent(payload), 'sent', TIMEOUT_MS),
    channel: await openAmqpChannel(t, url),
    hang: () => (gate = Promise.withResolvers()),
    release: () => gate?.resolve(),
  };
}

function isReady({ health: { transport, held } }: Rig): boolean {
  const count = [...held.values()].reduce((sum, value) => sum + value, 0);
  return transport.connected && transport.missing.length === 0 && count === 0;
}

async function arrivedAtNext({ next }: Rig, payloads: readonly string[]): Promise<void> {
  const haveArrived = (): boolean => {
    const arrived = new Set(next.arrived.map((delivery) => decode(delivery)['payload']));
    return payloads.every((payload) => arrived.has(payload));
  };
  await until(haveArrived, `${payloads.join(', ')} at next`, TIMEOUT_MS);
}
