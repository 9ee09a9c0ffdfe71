import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ConfirmChannel } from 'amqplib';
import { drainQueue, type DrainOptions } from '../../../../src/cli/queue/drainQueue.ts';
import type { InspectableTransport, LookOptions } from '../../../../src/transport/transport.ts';
import { openAmqpChannel } from '../../../kit/brokers/amqpChannel.ts';
import { openRabbitmqTransport, uniqueTopology } from '../../../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';
import { until } from '../../../kit/processes/until.ts';

const COUNT = 5_000;
const NEVER = new AbortController().signal;
const LOOK: LookOptions = { limit: Number.POSITIVE_INFINITY, idleTimeoutMs: 2_000, stopped: NEVER };

interface Setup {
  readonly transport: InspectableTransport;
  /** The port's name of error-end's queue. */
  readonly queue: string;
  readonly channel: ConfirmChannel;
  /** Publishes the numbers from `from` to `to`, exclusive. */
  readonly fill: (from: number, to: number) => Promise<void>;
  /** Resolves when the queue has this number of ready messages. */
  readonly untilReady: (count: number) => Promise<void>;
  /** Removes the messages of the queue, and returns their numbers. */
  readonly empty: (count: number) => Promise<readonly number[]>;
}

/** Opens a transport on the broker, with an error-end of its own. */
async function setup(t: TestContext): Promise<Setup> {
  const { url } = sharedBroker();
  const topology = uniqueTopology();
  const { transport, states } = await openRabbitmqTransport(t, topology, {
    ports: [Number(new URL(url).port)],
  });
  await states.until({ connected: true });
  const channel = await openAmqpChannel(t, url);
  const name = `asya-${topology.errorEnd}`;
  const untilReady = (count: number): Promise<void> =>
    until(
      async () => (await channel.checkQueue(name)).messageCount === count,
      `${count} ready messages`,
    );
  return {
    transport,
    queue: topology.errorEnd,
    channel,
    untilReady,
    async fill(from, to) {
      for (let number = from; number < to; number++) {
        channel.sendToQueue(name, Buffer.from(String(number)), { persistent: true });
      }
      await channel.waitForConfirms();
    },
    async empty(count) {
      await untilReady(count);
      const numbers: number[] = [];
      const { consumerTag } = await channel.consume(
        name,
        (message) => message && numbers.push(numberOf({ body: message.content })),
        { noAck: true },
      );
      await until(() => numbers.length === count, `${count} received messages`);
      await channel.cancel(consumerTag);
      return numbers;
    },
  };
}

function numberOf({ body }: { readonly body: Buffer }): number {
  return Number(body.toString());
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

async function lookAt({ transport, queue }: Setup): Promise<readonly number[]> {
  const numbers: number[] = [];
  await transport.look(queue, (message) => void numbers.push(numberOf(message)), LOOK);
  return numbers;
}

function drain({ transport, queue }: Setup, options: Partial<DrainOptions>): Promise<void> {
  return drainQueue({
    transport,
    queue,
    decide: async () => 'leave',
    limit: COUNT,
    idleTimeoutMs: 2_000,
    stopped: NEVER,
    ...options,
  });
}

test('5,000 messages keep their order after looks', async (t) => {
  const s = await setup(t);
  await s.fill(0, COUNT);
  for (const _ of [1, 2, 3]) assert.deepEqual(await lookAt(s), range(0, COUNT));
  assert.deepEqual(await s.empty(COUNT), range(0, COUNT));
});

test('messages keep their order when several consumers of one channel hold them', async (t) => {
  const s = await setup(t);
  await s.fill(0, COUNT);
  for (const _ of [1, 2]) {
    const seen: number[] = [];
    const take = await s.transport.take(s.queue, (message) => void seen.push(numberOf(message)), {
      ...LOOK,
      room: async () => 200,
    });
    await take.read();
    await take.release();
    assert.deepEqual(seen, range(0, COUNT));
  }
  assert.deepEqual(await s.empty(COUNT), range(0, COUNT));
});

test('a drain that leaves every second message keeps the order of the others', async (t) => {
  const s = await setup(t);
  await s.fill(0, COUNT);
  const decided: number[] = [];
  await drain(s, {
    decide: async (message) => {
      decided.push(numberOf(message));
      return numberOf(message) % 2 === 0 ? 'acknowledge' : 'leave';
    },
  });
  assert.deepEqual(decided, range(0, COUNT));
  const odd = range(0, COUNT).filter((number) => number % 2 === 1);
  assert.deepEqual(await s.empty(odd.length), odd);
});

test('a drain over several rounds decides each message once, in order', async (t) => {
  const s = await setup(t);
  await s.fill(0, 300);
  const decided: number[] = [];
  await drain(s, {
    roundMs: 300,
    match: (message) => numberOf(message) >= 100,
    decide: async (message) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      decided.push(numberOf(message));
      return numberOf(message) % 3 === 0 ? 'leave' : 'acknowledge';
    },
  });
  assert.deepEqual(decided, range(100, 300));
  const left = range(0, 300).filter((number) => number < 100 || number % 3 === 0);
  assert.deepEqual(await s.empty(left.length), left);
});

test('messages that arrive during a drain are left for the next one', async (t) => {
  const s = await setup(t);
  await s.fill(0, 20);
  const decided: number[] = [];
  await drain(s, {
    roundMs: 200,
    decide: async (message) => {
      const number = numberOf(message);
      await s.fill(1_000 + number, 1_001 + number);
      await new Promise((resolve) => setTimeout(resolve, 20));
      decided.push(number);
      return 'acknowledge';
    },
  });
  assert.deepEqual(decided, range(0, 20));
  assert.deepEqual(await s.empty(20), range(1_000, 1_020));
});
