import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecidedMessages } from '../../../../src/cli/queue/drain/decidedMessages.ts';
import { drainQueue, type DrainOptions } from '../../../../src/cli/queue/drain/drainQueue.ts';
import type {
  Look,
  LookOptions,
  QueueReader,
  QueuedMessage,
  Take,
  Verdict,
} from '../../../../src/transport/inspection/queueReader.ts';
import { MIB } from '../../../../src/units.ts';
import { setupCommands } from '../../../kit/processes/commands.ts';
import { until } from '../../../kit/processes/until.ts';

const IDLE_TIMEOUT_MS = 50;
const NEVER = new AbortController().signal;

function drain(options: Omit<DrainOptions, 'limit'> & Partial<DrainOptions>): Promise<Look['end']> {
  return drainQueue({ limit: Number.POSITIVE_INFINITY, ...options });
}

/** Replaces methods of each take, and options with which it is opened. */
function withTake(
  reader: QueueReader,
  changes: (take: Take) => Partial<Take>,
  options: Partial<LookOptions> = {},
): Pick<QueueReader, 'take'> {
  return {
    async take(queue, onMessage, given) {
      const take = await reader.take(queue, onMessage, { ...given, ...options });
      const unchanged: Take = {
        read: () => take.read(),
        keep: (message) => take.keep(message),
        claim: (message) => take.claim(message),
        settle: (message, verdict) => take.settle(message, verdict),
        release: () => take.release(),
      };
      return { ...unchanged, ...changes(take) };
    },
  };
}

test('each message is decided once, in order, and the messages that are left keep their order', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b', 'c', 'd']) await put('prep', Buffer.from(text));
  const decided: string[] = [];
  const decide = async (delivery: QueuedMessage): Promise<Verdict> => {
    const text = delivery.body.toString();
    decided.push(text);
    if (text === 'b') return 'acknowledge';
    return 'leave';
  };
  await drain({ transport, queue: 'prep', decide, idleTimeoutMs: IDLE_TIMEOUT_MS, stopped: NEVER });
  assert.deepEqual(decided, ['a', 'b', 'c', 'd']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['a', 'c', 'd'],
  );
});

test('a drain decides no more messages than its limit', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  await put('prep', Buffer.from('a'));
  const decided: string[] = [];
  const decide = async (delivery: QueuedMessage): Promise<Verdict> => {
    decided.push(delivery.body.toString());
    await put('prep', Buffer.from('b'));
    return 'acknowledge';
  };
  await drain({
    transport,
    queue: 'prep',
    decide,
    limit: 1,
    idleTimeoutMs: 60_000,
    stopped: NEVER,
  });
  assert.deepEqual(decided, ['a']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['b'],
  );
});

test('messages that are redelivered after a lost connection are not decided again', async (t) => {
  const { broker, transport, put, look } = await setupCommands(t);
  for (const text of ['acked', 'left', 'last']) await put('prep', Buffer.from(text));
  const decided: string[] = [];
  const decide = async (delivery: QueuedMessage): Promise<Verdict> => {
    const text = delivery.body.toString();
    decided.push(text);
    if (text !== 'last') return text === 'left' ? 'leave' : 'acknowledge';
    broker.control.disconnect();
    broker.control.reconnect();
    return 'acknowledge';
  };
  await drain({
    transport,
    queue: 'prep',
    decide,
    idleTimeoutMs: IDLE_TIMEOUT_MS,
    stopped: NEVER,
  });
  assert.deepEqual(decided, ['acked', 'left', 'last']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['left'],
  );
});

test('an ack that is lost with the connection is repeated without another decision', async (t) => {
  const { broker, transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b']) await put('prep', Buffer.from(text));
  let lostAcks = 1;
  const unreliable = withTake(transport, (take) => ({
    settle: async (message, verdict) =>
      verdict === 'acknowledge' && lostAcks-- > 0
        ? take.settle(message, 'leave')
        : take.settle(message, verdict),
  }));
  const decided: string[] = [];
  const decide = async (delivery: QueuedMessage): Promise<Verdict> => {
    decided.push(delivery.body.toString());
    if (decided.length < 2) return 'acknowledge';
    broker.control.disconnect();
    broker.control.reconnect();
    return 'leave';
  };
  const options = {
    queue: 'prep',
    decide,
    idleTimeoutMs: IDLE_TIMEOUT_MS,
    stopped: NEVER,
  };
  await drain({ transport: unreliable, ...options });
  assert.deepEqual(decided, ['a', 'b']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['b'],
  );
});

test('with a concurrency, each message is acknowledged at its own verdict, and no more are pending', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b', 'c', 'd']) await put('prep', Buffer.from(text));
  const pending: { text: string; resolve: (verdict: Verdict) => void }[] = [];
  const decide = ({ body }: QueuedMessage): Promise<Verdict> => {
    const { promise, resolve } = Promise.withResolvers<Verdict>();
    pending.push({ text: body.toString(), resolve });
    return promise;
  };
  const acked: string[] = [];
  const recording = withTake(transport, (take) => ({
    settle: (message, verdict) => {
      if (verdict === 'acknowledge') acked.push(message.body.toString());
      return take.settle(message, verdict);
    },
  }));
  const draining = drain({
    transport: recording,
    queue: 'prep',
    decide,
    concurrency: 3,
    idleTimeoutMs: IDLE_TIMEOUT_MS,
    stopped: NEVER,
  });
  const texts = (): string[] => pending.map(({ text }) => text);
  await until(() => pending.length === 3, 'three pending verdicts');
  pending[1]?.resolve('acknowledge');
  await until(() => pending.length === 4, 'the fourth message');
  assert.deepEqual([texts(), acked], [['a', 'b', 'c', 'd'], ['b']]);
  pending[0]?.resolve('leave');
  for (const { resolve } of pending) resolve('acknowledge');
  await draining;
  assert.deepEqual(acked.toSorted(), ['b', 'c', 'd']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['a'],
  );
});

test('a stopped drain leaves the messages that it has not decided', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b', 'c']) await put('prep', Buffer.from(text));
  const stop = new AbortController();
  const decide = async (): Promise<Verdict> => {
    stop.abort();
    return 'acknowledge';
  };
  await drain({ transport, queue: 'prep', decide, idleTimeoutMs: 60_000, stopped: stop.signal });
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['b', 'c'],
  );
});

test('messages that do not fit into the memory are decided in a later round, once', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  const texts = ['a', 'b', 'c', 'd', 'e', 'f'];
  for (const text of texts) await put('prep', Buffer.alloc(25 * MIB, text));
  let takes = 0;
  const pushing = withTake(transport, () => (takes++, {}), { drained: undefined });
  const decided: string[] = [];
  const decide = async ({ body }: QueuedMessage): Promise<Verdict> => {
    const text = body.toString('utf8', 0, 1);
    decided.push(text);
    return text === 'b' || text === 'e' ? 'leave' : 'acknowledge';
  };
  const options = { queue: 'prep', decide, idleTimeoutMs: IDLE_TIMEOUT_MS, stopped: NEVER };
  await drain({ transport: pushing, ...options });
  assert.deepEqual(decided, texts);
  assert.ok(takes > 1);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString('utf8', 0, 1)),
    ['b', 'e'],
  );
});

test('only messages that match are decided', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b', 'c']) await put('prep', Buffer.from(text));
  const decided: string[] = [];
  const decide = async ({ body }: QueuedMessage): Promise<Verdict> => {
    decided.push(body.toString());
    return 'acknowledge';
  };
  const match = ({ body }: QueuedMessage): boolean => body.toString() === 'b';
  const options = { match, decide, idleTimeoutMs: IDLE_TIMEOUT_MS, stopped: NEVER };
  await drain({ transport, queue: 'prep', ...options });
  assert.deepEqual(decided, ['b']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['a', 'c'],
  );
});

test('an error in a decision loses no message', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b']) await put('prep', Buffer.from(text));
  const decide = async (): Promise<Verdict> => {
    throw new Error('on purpose');
  };
  await assert.rejects(
    drain({ transport, queue: 'prep', decide, idleTimeoutMs: IDLE_TIMEOUT_MS, stopped: NEVER }),
    /on purpose/,
  );
  assert.equal((await look('prep')).length, 2);
});

test('a drain that has enough repeats the acks that were lost, and decides no more', async (t) => {
  const { broker, transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b', 'c']) await put('prep', Buffer.from(text));
  const enough = new AbortController();
  let lostAcks = 1;
  const unreliable = withTake(transport, (take) => ({
    async settle(message, verdict) {
      if (lostAcks-- <= 0) return take.settle(message, verdict);
      broker.control.disconnect();
      broker.control.reconnect();
      return false;
    },
  }));
  const decided: string[] = [];
  await drain({
    transport: unreliable,
    queue: 'prep',
    match: ({ body }) => !enough.signal.aborted && String(body) !== 'b',
    decide: async ({ body }) => {
      decided.push(String(body));
      enough.abort();
      return 'acknowledge';
    },
    enough: enough.signal,
    idleTimeoutMs: IDLE_TIMEOUT_MS,
    stopped: NEVER,
  });
  assert.deepEqual(decided, ['a']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => String(body)),
    ['b', 'c'],
  );
});

test('a second drain repeats the ack that the first one has lost, and decides only the others', async (t) => {
  const { broker, transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b', 'c']) await put('prep', Buffer.from(text));
  const stop = new AbortController();
  let lostAcks = 1;
  const unreliable = withTake(transport, (take) => ({
    async settle(message, verdict) {
      if (verdict === 'leave' || lostAcks-- <= 0) return take.settle(message, verdict);
      broker.control.disconnect();
      broker.control.reconnect();
      return false;
    },
  }));
  const decided: string[] = [];
  const options = {
    transport: unreliable,
    queue: 'prep',
    verdicts: new DecidedMessages(),
    idleTimeoutMs: IDLE_TIMEOUT_MS,
  };
  const decide = async ({ body }: QueuedMessage): Promise<Verdict> => {
    decided.push(String(body));
    if (String(body) === 'a') return 'leave';
    stop.abort();
    return 'acknowledge';
  };
  await drain({ ...options, decide, stopped: stop.signal });
  assert.deepEqual(decided, ['a', 'b']);
  await drain({ ...options, decide, stopped: NEVER });
  assert.deepEqual(decided, ['a', 'b', 'c']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => String(body)),
    ['a'],
  );
});

test('a drain of a queue that has fewer messages than it should have is not complete', async (t) => {
  const { transport } = await setupCommands(t);
  const decide = async (): Promise<Verdict> => 'leave';
  const options = { transport, queue: 'prep', decide, idleTimeoutMs: IDLE_TIMEOUT_MS };
  assert.equal(await drain({ ...options, limit: 2, stopped: NEVER }), 'idle');
  assert.equal(await drain({ ...options, stopped: NEVER }), 'complete');
});
