import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startUiServer } from '../../../kit/ui/uiServer.ts';
import { setupJourneys, SpanTree } from './journeyRig.ts';

test('a journey that no source has is a 404 that names the sources', async () => {
  const { find } = setupJourneys();
  await assert.rejects(find('env-9'), {
    status: 404,
    message:
      'no journey or envelope "env-9": not in the trace files, nor in the last hops, nor in the error queue',
  });
});

test('a journey that no source has names the sources that are missing', async () => {
  const { find } = setupJourneys({
    traces: undefined,
    hops: undefined,
    failures: {
      failuresOf: async () => {
        throw new Error('the broker is not connected');
      },
    },
  });
  await assert.rejects(find('env-9'), {
    status: 404,
    message:
      'no journey or envelope "env-9": no source to search; waterfalls need --traces FILE; the last hops need --sidecars ADDRESS; the error queue was not read: the broker is not connected',
  });
});

test('a journey is found by any id', async (t) => {
  const { routes, addHops } = setupJourneys();
  const { send } = await startUiServer(t, { routes });
  for (const id of ['.', '..', 'a/b', 'x'.repeat(100_000), '\u0000'.repeat(20_000)]) {
    addHops({ id, journey: id, outcome: 'end' });
    const request = { method: 'POST', body: JSON.stringify({ id }) };
    const { status, body } = await send('/api/journeys/find', request);
    assert.deepEqual([status, (JSON.parse(body) as { id: string }).id], [200, id]);
  }
});

test('a request for a journey that is invalid names the field', async (t) => {
  const { routes } = setupJourneys();
  const { send } = await startUiServer(t, { routes });
  for (const [request, field, error] of [
    [{}, 'id', 'id is required'],
    [{ id: 7 }, 'id', 'id must be a string'],
    [{ id: 'a', isPoll: 'true' }, 'isPoll', 'isPoll must be true or false'],
    [{ id: 'a', poll: true }, 'poll', 'poll is unknown; the fields are id, isUnfolded, isPoll'],
  ] as const) {
    const body = JSON.stringify(request);
    const answer = await send('/api/journeys/find', { method: 'POST', body });
    assert.deepEqual([answer.status, JSON.parse(answer.body)], [400, { error, field }]);
  }
});

test('a journey may change while its last hop is recent', async () => {
  const { addHops, find } = setupJourneys();
  const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
  addHops(
    { id: 'old', journey: 'old', outcome: 'end', time: ago(60_000) },
    { id: 'new', journey: 'new', outcome: 'end', time: ago(0) },
    { id: 'waits', journey: 'waits', next: ['post'], time: ago(60_000) },
  );
  assert.equal((await find('old')).mayChange, false);
  assert.equal((await find('new')).mayChange, true);
  assert.equal((await find('waits')).mayChange, true);
});

test('the newest journeys of both sources are listed once', async () => {
  const { addSpans, addHops, list } = setupJourneys();
  const tree = new SpanTree('env-1');
  tree.hop('prep', undefined, [0, 10]);
  addSpans(...tree.spans);
  addHops(
    { id: 'env-1', journey: 'env-1', actor: 'prep', outcome: 'end' },
    { id: 'env-2', journey: 'env-2', actor: 'infer', outcome: 'end' },
  );
  const { journeys, gaps } = await list();
  assert.deepEqual(
    journeys.map(({ id, hops, actors, state }) => ({ id, hops, actors, state })),
    [
      { id: 'env-2', hops: 1, actors: ['infer'], state: 'done' },
      { id: 'env-1', hops: 1, actors: ['prep'], state: 'done' },
    ],
  );
  assert.deepEqual(gaps, []);
});

test('the list names the sources that are missing', async () => {
  const { list } = setupJourneys({ traces: undefined, hops: undefined });
  assert.deepEqual(await list(), {
    journeys: [],
    gaps: ['waterfalls need --traces FILE', 'the last hops need --sidecars ADDRESS'],
  });
});

test('ids and names from messages may be any text', async () => {
  const { addSpans, find } = setupJourneys();
  const id = '__proto__<script>\u0000/%2f';
  const tree = new SpanTree(id);
  const hop = tree.hop('constructor', undefined, [0, 10]);
  tree.publish('__proto__', hop, 9);
  addSpans(...tree.spans);
  const journey = await find(id);
  assert.equal(journey.id, id);
  assert.deepEqual(
    journey.stops.map(({ name }) => name),
    ['constructor', '__proto__'],
  );
});
