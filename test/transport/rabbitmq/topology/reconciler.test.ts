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

/** Deletions by an operator, by the name of the deleted part. */
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
  'a deleted part of the topology is declared again',
  { concurrency: 4, timeout: 240_000 },
  () => {
    for (const [part, remove] of Object.entries(DELETIONS)) {
      test(`${part}, while the sidecar is idle`, async (t) => {
        const { rig, channel, sendUntilConfirmed } = await setup(t);
        await sendUntilConfirmed('before');
        await arrivedAtNext(rig, ['before']);
        await remove(channel, rig);
        await sendUntilConfirmed('after');
        await arrivedAtNext(rig, ['before', 'after']);
        assert.deepEqual(rig.errorEnd.arrived.map(decode), []);
        await until(() => isReady(rig), 'ready');
      });

      test(`${part}, while the sidecar is busy`, async (t) => {
        const { rig, channel, hang, release, sendUntilConfirmed } = await setup(t);
        hang();
        const payloads = Array.from({ length: CONCURRENCY }, (_, n) => `in flight ${n}`);
        for (const payload of payloads) await sendUntilConfirmed(payload);
        await until(() => rig.runtime.calls.length === CONCURRENCY, 'all calls');
        await remove(channel, rig);
        // RabbitMQ returns a retry three minutes late when its target queue is missing as it
        // expires.
        if (part === 'queue') await sendUntilConfirmed('meanwhile');
        release();
        await arrivedAtNext(rig, payloads);
        await sendUntilConfirmed('after');
        await arrivedAtNext(rig, [...payloads, 'after']);
        assert.deepEqual(rig.errorEnd.arrived.map(decode), []);
        await until(() => isReady(rig), 'ready');
      });
    }

    test('dispatches to an actor without a binding wait in the retry queue', async (t) => {
      const { rig, channel, sendUntilConfirmed } = await setup(t);
      await channel.unbindQueue(`asya-${rig.names.next}`, exchangeOf(rig.names), rig.names.next);
      await sendUntilConfirmed('waits');
      await arrivedAtNext(rig, ['waits']);
      assert.deepEqual(rig.errorEnd.arrived.map(decode), []);
    });
  },
);

/**
 * Starts a sidecar whose runtime fails the first attempt of each payload, so that each envelope
 * passes the retry queue.
 */
async function setup(t: TestContext) {
  let gate: PromiseWithResolvers<void> | undefined;
  const seen = new Set<string>();
  const rig = await openRig({
    open: openOnRabbitmq(undefined, { checkIntervalMs: CHECK_INTERVAL_MS }),
    concurrency: CONCURRENCY,
    // The attempts last longer than a check interval.
    config: { retry: { maxAttempts: 100 } },
    script: async (payload) => {
      await gate?.promise;
      if (seen.has(payload)) return payload;
      seen.add(payload);
      return JSON.stringify({ error: 'again', message: 'not yet', retryable: true });
    },
  });
  t.after(() => rig.close());
  // The producer declares nothing.
  const ports = [Number(new URL(url).port)];
  const producer = await openRabbitmqTransport(t, undefined, {
    ports,
    exchange: exchangeOf(rig.names),
  });
  const isSent = async (payload: string): Promise<boolean> => {
    const body = Buffer.from(JSON.stringify(rig.envelope(payload)));
    const sent = producer.transport.send(rig.names.actor, { body, headers: {} });
    return sent.then(() => true).catch(() => false); // the exchange or the binding is missing
  };
  return {
    rig,
    sendUntilConfirmed: (payload: string) => until(() => isSent(payload), 'sent', TIMEOUT_MS),
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
  const allArrived = (): boolean => {
    const arrived = new Set(next.arrived.map((delivery) => decode(delivery)['payload']));
    return payloads.every((payload) => arrived.has(payload));
  };
  await until(allArrived, `${payloads.join(', ')} at next`, TIMEOUT_MS);
}
