import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import type { ConfirmChannel } from 'amqplib';
import { drainQueue, type DrainOptions } from '../../../../src/cli/queue/drain/drainQueue.ts';
import type { InspectableTransport } from '../../../../src/transport/inspection/inspectableTransport.ts';
import type {
  LookOptions,
  QueuedMessage,
} from '../../../../src/transport/inspection/queueReader.ts';
import { openAmqpChannel } from '../../../kit/brokers/amqpChannel.ts';
import { openRabbitmqTransport, uniqueTopology } from '../../../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';
import { killOnExit } from '../../../kit/processes/killOnExit.ts';
import { PROGRAM } from '../../../kit/processes/program.ts';
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

async function lookAt(
  { transport, queue }: Setup,
  options: Partial<LookOptions> = {},
): Promise<readonly number[]> {
  const numbers: number[] = [];
  const onMessage = (message: QueuedMessage): void => void numbers.push(numberOf(message));
  await transport.look(queue, onMessage, { ...LOOK, ...options });
  return numbers;
}

/** Kills a `peek` of all messages while it prints them. */
async function killLook(queue: string): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, 'peek', queue, '--json', '--limit', '1000000'], {
    env: {
      ...process.env,
      ASYA_RABBITMQ_URL: sharedBroker().url,
      ASYA_ACTOR_ERROR_END: queue,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  killOnExit(child);
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function drain({ transport, queue }: Setup, options: Partial<DrainOptions>): Promise<void> {
  await drainQueue({
    transport,
    queue,
    decide: async () => 'leave',
    limit: COUNT,
    idleTimeoutMs: 2_000,
    stopped: NEVER,
    ...options,
  });
}

test('acks that are sent together all reach the queue before the channel is closed', async (t) => {
  const { transport, queue, channel, fill } = await setup(t);
  for (const count of [100, 300, 1_000, 100, 300]) {
    await fill(0, count);
    const all = Promise.withResolvers<'acknowledge'>();
    let pending = 0;
    await drainQueue({
      transport,
      queue,
      decide: () => {
        if (++pending === count) all.resolve('acknowledge');
        return all.promise;
      },
      concurrency: count,
      limit: count,
      idleTimeoutMs: 2_000,
      stopped: NEVER,
    });
    // The broker returns the messages of a closed channel before it confirms a later publish.
    await fill(0, 1);
    assert.equal((await channel.purgeQueue(`asya-${queue}`)).messageCount, 1);
  }
});

test('5,000 messages keep their order after looks', async (t) => {
  const s = await setup(t);
  await s.fill(0, COUNT);
  for (const _ of [1, 2, 3]) assert.deepEqual(await lookAt(s), range(0, COUNT));
  assert.deepEqual(await s.empty(COUNT), range(0, COUNT));
});

test('messages keep their order after looks at the first ones', async (t) => {
  const s = await setup(t);
  await s.fill(0, 100);
  for (const limit of [8, 2, 2, 50, 3, 100, 1]) {
    assert.deepEqual(await lookAt(s, { limit }), range(0, limit));
  }
  assert.deepEqual(await s.empty(100), range(0, 100));
});

test('messages keep their order after a look that was stopped midway', async (t) => {
  const s = await setup(t);
  await s.fill(0, COUNT);
  for (const stopAfter of [2_000, 10]) {
    const stop = new AbortController();
    const seen: number[] = [];
    const onMessage = (message: QueuedMessage): void => {
      if (seen.push(numberOf(message)) === stopAfter) stop.abort();
    };
    await s.transport.look(s.queue, onMessage, { ...LOOK, stopped: stop.signal });
    assert.deepEqual(seen, range(0, stopAfter));
  }
  assert.deepEqual(await s.empty(COUNT), range(0, COUNT));
});

test('messages keep their order after looks that were killed', async (t) => {
  const s = await setup(t);
  await s.fill(0, COUNT);
  for (const _ of [1, 2, 3]) {
    await killLook(s.queue);
    await s.untilReady(COUNT);
  }
  assert.deepEqual(await s.empty(COUNT), range(0, COUNT));
});

test('two looks at once share the messages, which keep their order', async (t) => {
  const s = await setup(t);
  await s.fill(0, COUNT);
  const [first, second] = await Promise.all([lookAt(s), lookAt(s)]);
  const all = [...first, ...second].toSorted((a, b) => a - b);
  assert.ok(new Set(all).size === COUNT);
  assert.deepEqual(await s.empty(COUNT), range(0, COUNT));
});

test('a look at a queue that grows ends at the messages of its start', async (t) => {
  const s = await setup(t);
  await s.fill(0, COUNT);
  const filling = s.fill(COUNT, 2 * COUNT);
  const seen = await lookAt(s);
  assert.deepEqual(seen, range(0, seen.length));
  assert.ok(seen.length >= COUNT && seen.length <= 2 * COUNT);
  await filling;
  assert.deepEqual(await s.empty(2 * COUNT), range(0, 2 * COUNT));
});

test('a look while a consumer acknowledges messages neither loses nor blocks any', async (t) => {
  const s = await setup(t);
  await s.fill(0, COUNT);
  const received: number[] = [];
  const subscription = await s.transport.receive(
    s.queue,
    (delivery) => {
      received.push(numberOf(delivery));
      void s.transport.ack(delivery);
    },
    { prefetch: 5 },
  );
  await lookAt(s, { idleTimeoutMs: 200 });
  await until(() => received.length === COUNT, 'all messages at the consumer');
  await subscription.cancel();
  assert.deepEqual(
    received.toSorted((a, b) => a - b),
    range(0, COUNT),
  );
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
