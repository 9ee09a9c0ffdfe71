import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import type { Hop, HopProcessor, Settled } from '../../../src/hop/hop.ts';
import { createLogging } from '../../../telemetry/logs/logging.ts';
import { observePublishes, observeReplies } from '../../../telemetry/observers.ts';
import { hopOf } from '../../kit/envelopes/hops.ts';
import { until } from '../../kit/processes/until.ts';
import { openHops, type HopsClient, type HopsRequest } from '../../kit/telemetry/hopsClient.ts';
import { startHopsServer } from '../../kit/telemetry/hopsServer.ts';
import { publishOf } from '../../kit/telemetry/meter.ts';
import { strictGuard } from '../../kit/telemetry/strictGuard.ts';

// No SDK runs in this file.

type Line = Record<string, unknown>;

async function setup(t: TestContext, heartbeatIntervalMs?: number) {
  const { feed, port, process, run } = await startHopsServer(t, { heartbeatIntervalMs });
  const output = { level: 'silent', format: 'json', destination: { write() {} } } as const;
  const logging = createLogging({ actor: 'infer', ...output });
  return {
    feed,
    process,
    run,
    open: (options?: HopsRequest) => openHops(t, `http://127.0.0.1:${port}/hops`, options),
    call: observeReplies(
      [logging.calls],
      strictGuard,
    )({
      call: async () => ({ kind: 'answered', items: [], sizeBytes: 1 }),
      close: async () => {},
    }),
    publish: observePublishes([logging.publishes], strictGuard)(async () => {}),
  };
}

const FORWARD: Settled = { name: 'forward', dispatched: 1 };
const FAULT = { code: 'runtime_error', message: 'secret text' } as const;

async function recordsOf({ read }: HopsClient, count: number): Promise<Line[]> {
  return (await read(count)).map((line) => JSON.parse(line) as Line);
}

test('a reader receives one record for each hop', async (t) => {
  const { open, process, call, publish } = await setup(t);
  const client = await open();
  const { statusCode, headers } = client.response;
  assert.equal(statusCode, 200);
  assert.equal(headers['content-type'], 'application/x-ndjson');
  const work: HopProcessor = async ({ envelope }) => {
    await call.call({ envelope, actor: 'infer', attempt: 2, timeoutMs: 1, context: {} });
    await publish(publishOf('post'));
    return FORWARD;
  };
  const given = {
    envelope: { id: 'env-1.0.1', headers: { 'x-asya-journey-id': 'env-1' } },
    headers: { 'asya-attempt': 2 },
  };
  await process(work, hopOf(given));

  const [record = {}] = await recordsOf(client, 1);
  const { time, duration_ms, runtime_ms, ...others } = record;
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Number(duration_ms) >= Number(runtime_ms) && Number(runtime_ms) > 0);
  assert.deepEqual(others, {
    actor: 'infer',
    id: 'env-1.0.1',
    journey: 'env-1',
    outcome: 'forward',
    next: 'post',
    attempt: 2,
  });
});

test('a record has the size of its batch, and whether the envelope was called alone', async (t) => {
  const { open, process, call } = await setup(t);
  const client = await open();
  for (const sizes of [[1], [8], [8, 1]]) {
    await process(async ({ envelope }) => {
      const request = { envelope, actor: 'infer', attempt: 1, timeoutMs: 1, context: {} };
      for (const size of sizes) await call.call({ ...request, batch: { size } });
      return FORWARD;
    }, hopOf());
  }
  const records = await recordsOf(client, 3);
  assert.deepEqual(
    records.map(({ batch, alone }) => [batch, alone]),
    [
      [undefined, undefined],
      [8, undefined],
      [8, true],
    ],
  );
});

test('a failed attempt has its code, a give-back its reason, and no record has the text of an error', async (t) => {
  const { open, run } = await setup(t);
  const client = await open();
  const endings: Settled[] = [
    { name: 'retry', dispatched: 0, fault: FAULT },
    { name: 'retry', dispatched: 0, fault: FAULT, deferral: true },
    { name: 'error_end', dispatched: 1, fault: FAULT },
    { name: 'give_back', dispatched: 0, giveBack: 'draining' },
    { name: 'retry', dispatched: 0, fault: FAULT, deferral: true, probe: true },
  ];
  for (const settled of endings) await run(settled);
  const records = await recordsOf(client, 5);
  assert.deepEqual(
    records.map(({ outcome, code, reason, runtime_ms }) => [outcome, code, reason, runtime_ms]),
    [
      ['retry', 'runtime_error', undefined, 0],
      ['retry', undefined, undefined, 0],
      ['error_end', 'runtime_error', undefined, 0],
      ['give_back', undefined, 'draining', 0],
      ['retry', undefined, 'probe', 0],
    ],
  );
  assert.doesNotMatch(client.lines.join(), /secret/);
});

test('a fan-out to several actors names at most five of them', async (t) => {
  const { open, process, publish } = await setup(t);
  const client = await open();
  for (const queues of [
    ['a', 'b', 'a'],
    ['a', 'b', 'c', 'd', 'e', 'f'],
  ]) {
    await process(async () => {
      for (const to of queues) await publish(publishOf(to));
      return { name: 'fanout', dispatched: queues.length };
    }, hopOf());
  }
  const records = await recordsOf(client, 2);
  assert.deepEqual(
    records.map(({ next }) => next),
    ['a,b', 'a,b,c,d,e,…'],
  );
});

test('without readers, a hop is not looked into', async (t) => {
  const { open, process } = await setup(t);
  const hop: Hop = {
    ...hopOf(),
    get envelope(): never {
      throw new Error('read');
    },
  };
  const work: HopProcessor = async () => FORWARD;
  assert.equal(await process(work, hop), FORWARD);
  const { response } = await open();
  await assert.rejects(process(work, hop), /read/);
  response.destroy();
});

test('a slow reader loses records, receives their number, and delays no hop', async (t) => {
  const { open, run } = await setup(t);
  const slow = await open();
  const fast = await open();
  // Together they exceed the buffers of the operating system.
  const hops = 4_000;
  const envelope = { id: 'x'.repeat(4_100) };
  for (let count = 1; count <= hops; count++) {
    await run(FORWARD, { envelope });
    // Waits for the other reader, and never for this one.
    if (count % 16 === 0) await fast.read(count);
  }
  assert.equal(fast.lines.length, hops);
  assert.equal(fast.lines.filter((line) => line.includes('dropped')).length, 0);

  const isDropped = (line: string): boolean => line.startsWith('{"dropped":');
  const droppedBy = (lines: readonly string[]): number =>
    lines.filter(isDropped).reduce((sum, line) => sum + Number(/\d+/.exec(line)?.[0]), 0);
  await slow.read(1);
  await until(() => slow.lines.some(isDropped), 'the number of dropped records');
  const received = slow.lines.filter((line) => !isDropped(line)).length;
  assert.ok(droppedBy(slow.lines) > 0);
  assert.equal(received + droppedBy(slow.lines), hops);

  await run(FORWARD, { envelope: { id: 'later' } });
  await until(() => slow.lines.some((line) => line.includes('"later"')), 'the record of "later"');
});

test('a record with a very long id is dropped and counted', async (t) => {
  const { open, run } = await setup(t);
  const client = await open();
  await run(FORWARD, { envelope: { id: 'x'.repeat(20_000) } });
  await run(FORWARD);
  const [first, second] = await recordsOf(client, 2);
  assert.deepEqual(first, { dropped: 1 });
  assert.equal(second?.['id'], 'env-1');
});

test('a seventeenth reader is refused until another one leaves', async (t) => {
  const { open, feed } = await setup(t);
  const readers: HopsClient[] = [];
  for (let count = 0; count < 16; count++) readers.push(await open());
  const { response, read } = await open();
  assert.equal(response.statusCode, 503);
  assert.deepEqual(await read(1), ['too many readers of /hops are connected']);

  readers[0]?.response.destroy();
  await until(() => !feed.isFull, 'a free place');
  assert.equal((await open()).response.statusCode, 200);
});

test('HEAD returns the headers of GET and takes no place', async (t) => {
  const { open, run } = await setup(t);
  const reader = await open();
  for (let count = 0; count < 16; count++) {
    const { response } = await open({ method: 'HEAD' });
    response.resume();
    await once(response, 'end');
    assert.equal(response.headers['content-type'], 'application/x-ndjson');
    assert.equal(response.headers['x-asya-instance'], reader.response.headers['x-asya-instance']);
  }
  await run(FORWARD);
  assert.equal((await reader.read(1)).length, 1);
});

test('empty lines keep the connection of a reader while there are no hops', async (t) => {
  const { open } = await setup(t, 5);
  const { read } = await open();
  assert.deepEqual((await read(2)).slice(0, 2), ['', '']);
});

test('a close writes the last records and ends the response', async (t) => {
  const { open, run, feed } = await setup(t);
  const client = await open();
  await run(FORWARD);
  feed.close();
  const ended = once(client.response, 'end');
  assert.equal((await client.read(1)).length, 1);
  await ended;
});

test('hops after a close write nothing, though a stalled reader has not ended', async (t) => {
  const { open, run, feed } = await setup(t);
  const envelope = { id: 'x'.repeat(4_100) };
  const fill = async (hops: number): Promise<void> => {
    for (let count = 0; count < hops; count++) await run(FORWARD, { envelope });
  };
  await open();
  await fill(4_000);
  feed.close();
  // A write after the end would be an uncaught exception.
  await fill(20);
  await setImmediate();
});

test('a reader receives no hops that ended before it came', async (t) => {
  const { open, run } = await setup(t);
  const early = await open();
  await run(FORWARD, { envelope: { id: 'first' } });
  const late = await open();
  await run(FORWARD, { envelope: { id: 'second' } });
  assert.equal((await recordsOf(late, 1))[0]?.['id'], 'second');
  assert.equal((await recordsOf(early, 2))[0]?.['id'], 'first');
});
