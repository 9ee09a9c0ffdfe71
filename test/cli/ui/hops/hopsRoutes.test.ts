import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import type { HopsEvent } from '../../../../src/cli/ui/hops/contract.ts';
import { FollowedHops } from '../../../../src/cli/ui/hops/followedHops.ts';
import type { HopRingOptions } from '../../../../src/cli/ui/hops/hopRing.ts';
import { createHopsRoutes } from '../../../../src/cli/ui/hops/hopsRoutes.ts';
import { hopRecord } from '../../../kit/envelopes/hopRecords.ts';
import { until } from '../../../kit/processes/until.ts';
import { startUiServer } from '../../../kit/ui/uiServer.ts';

/** Serves hops that the test adds. */
async function setup(t: TestContext, ring: HopRingOptions = {}) {
  const hops = new FollowedHops({
    addresses: [],
    resolve: async () => [],
    readToken: () => undefined,
    ring,
  });
  const { open } = await startUiServer(t, { routes: createHopsRoutes(hops) });
  return {
    hops,
    add: (...ids: string[]): void => {
      for (const id of ids) hops.ring.add(hopRecord({ id }));
      hops.changes.notify();
    },
    open: async (): Promise<IncomingMessage> => {
      const response = await open('/api/hops');
      t.after(() => response.destroy());
      return response;
    },
  };
}

/** Collects the events of a response. */
function eventsOf(response: IncomingMessage) {
  const events: HopsEvent[] = [];
  createInterface(response).on('line', (line) => void events.push(JSON.parse(line) as HopsEvent));
  const batches = (): string[][] =>
    events.flatMap((event) => ('hops' in event ? [event.hops.map(({ id }) => id)] : []));
  return {
    events,
    batches,
    ids: () => batches().flat(),
    has: (id: string) => until(() => batches().flat().includes(id), id),
    dropped: () => events.reduce((sum, it) => sum + ('dropped' in it ? it.dropped : 0), 0),
  };
}

test('a reader receives the hops in memory, and then each hop once', async (t) => {
  const { add, open } = await setup(t);
  add('a', 'b');
  const { events, ids, has } = eventsOf(await open());
  await has('b');
  const [first] = events;
  assert.ok(first !== undefined && 'start' in first);
  assert.equal(first.start.next, 3);
  add('c');
  await has('c');
  add('d', 'e');
  await has('e');
  assert.deepEqual(ids(), ['a', 'b', 'c', 'd', 'e']);
});

test('the first line of two readers names the same server', async (t) => {
  const { open } = await setup(t);
  const [first, second] = [eventsOf(await open()), eventsOf(await open())];
  await until(() => first.events.length + second.events.length === 2, 'both first lines');
  assert.deepEqual(first.events, second.events);
});

test('a new reader receives the newest 1,000 hops', async (t) => {
  const { add, open } = await setup(t);
  add(...Array.from({ length: 2_500 }, (_, index) => `h-${index}`));
  const { ids, has } = eventsOf(await open());
  await has('h-2499');
  assert.deepEqual([ids().length, ids()[0]], [1_000, 'h-1500']);
});

test('hops that happen together share a line, at most 10 lines a second', async (t) => {
  const { add, open } = await setup(t);
  const { batches, has } = eventsOf(await open());
  const start = performance.now();
  for (let count = 0; performance.now() - start < 450; count++) {
    add(`h-${count}`);
    await new Promise(setImmediate);
  }
  add('last');
  await has('last');
  const seconds = (performance.now() - start) / 1_000;
  assert.ok(batches().length <= 2 + 10 * seconds, `${batches().length} lines in ${seconds} s`);
});

test('hops with long ids are sent in lines of about 1 MiB', async (t) => {
  const { add, open } = await setup(t);
  add(...Array.from({ length: 300 }, (_, index) => `${index}-${'x'.repeat(8_000)}`), 'last');
  const { batches, has } = eventsOf(await open());
  await has('last');
  assert.ok(batches().length > 3);
  for (const batch of batches()) assert.ok(JSON.stringify(batch).length < 1.1 * 1_024 * 1_024);
});

test('a slow reader receives the number of hops that it has lost, and the newest ones', async (t) => {
  const { add, open, hops } = await setup(t, { maxHops: 2_000 });
  const response = await open();
  const long = 'x'.repeat(1_000);
  let sent = 0;
  // The buffers of both sockets hold some megabytes.
  for (let round = 0; round < 40; round++) {
    add(...Array.from({ length: 1_000 }, () => `${sent++}-${long}`));
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  add('last');
  assert.equal(hops.ring.size, 2_000);
  const { ids, has, dropped } = eventsOf(response);
  await has('last');
  assert.ok(dropped() > 1_000, `${dropped()} dropped`);
  assert.equal(ids().length + dropped(), sent + 1);
});

test('the end of a reader ends its stream, and other readers continue', async (t) => {
  const { add, open } = await setup(t);
  const [first, second] = [await open(), await open()];
  const events = eventsOf(second);
  first.destroy();
  add('a');
  await events.has('a');
  add('b');
  await events.has('b');
});
