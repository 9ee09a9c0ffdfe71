import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  errorEnvelope,
  envelopeWith,
  errorEnvelopeOfBytes,
} from '../../../kit/envelopes/failures.ts';
import { serveMemoryErrors, type ErrorsRig } from '../../../kit/ui/errorsRig.ts';

type Put = (queue: string, body: Buffer) => Promise<void>;

/** Fills error-end with messages of three groups. */
async function fill({ put }: { readonly put: Put }): Promise<void> {
  const failed = (id: string, fault: object): Promise<void> =>
    put('error-end', errorEnvelope(envelopeWith({ id }), fault));
  await failed('order-1', { message: 'No stock' });
  await failed('order-2', { message: 'No stock', failedAt: '2026-11-29T16:00:00.000Z' });
  await failed('order-3', { code: 'timeout_error', message: 'after 5 s', actor: 'prep' });
  await put('error-end', errorEnvelopeOfBytes(Buffer.from('no envelope')));
}

test('a look has the number of messages, and the actors and codes for the filters', async (t) => {
  const { client, put } = await serveMemoryErrors(t);
  await put('error-end', errorEnvelope(envelopeWith(), { message: 'on purpose' }));
  const { id, asOf, archiveFolder, ...look } = await client.look();
  assert.deepEqual(look, {
    queue: 'error-end',
    count: 1,
    actors: ['infer'],
    codes: ['runtime_error'],
  });
  assert.equal(new Date(asOf).toISOString(), asOf);
  assert.match(archiveFolder, /^\//);
  assert.deepEqual((await client.get<{ id: string }>(`looks/${id}`)).id, id);
});

test('the groups are those of errors list, the largest first', async (t) => {
  const rig = await serveMemoryErrors(t);
  await fill(rig);
  const { id } = await rig.client.look();
  const { count, total, groups } = await rig.client.groups(id);
  assert.deepEqual([count, total], [4, 3]);
  assert.deepEqual(
    groups.slice(0, 2).map((group) => ({ ...group, key: 'any' })),
    [
      {
        actor: 'infer',
        code: 'runtime_error',
        text: 'No stock',
        count: 2,
        key: 'any',
        first: '2026-11-29T15:00:00.000Z',
        last: '2026-11-29T16:00:00.000Z',
      },
      {
        actor: 'prep',
        code: 'timeout_error',
        text: 'after 5 s',
        count: 1,
        key: 'any',
        first: '2026-11-29T15:00:00.000Z',
        last: '2026-11-29T15:00:00.000Z',
      },
    ],
  );
});

test('the key of a group is the same in the next look', async (t) => {
  const rig = await serveMemoryErrors(t);
  await fill(rig);
  const keysOf = async (): Promise<readonly string[]> => {
    const { id } = await rig.client.look();
    return (await rig.client.groups(id)).groups.map(({ key }) => key);
  };
  assert.deepEqual(await keysOf(), await keysOf());
});

test('each filter selects rows, and the count is that of all pages', async (t) => {
  const rig = await serveMemoryErrors(t);
  await fill(rig);
  const { id: look } = await rig.client.look();
  const { groups } = await rig.client.groups(look);
  const idsOf = async (query: object): Promise<readonly string[]> =>
    (await rig.client.rows(look, query)).rows.map(({ id }) => id);
  assert.deepEqual(await idsOf({ actor: 'prep' }), ['order-3']);
  assert.deepEqual(await idsOf({ code: 'timeout_error' }), ['order-3']);
  assert.deepEqual(await idsOf({ text: 'NO STOCK' }), ['order-1', 'order-2']);
  assert.deepEqual(await idsOf({ text: 'RDER-3' }), ['order-3']);
  assert.deepEqual(await idsOf({ id: 'order-2' }), ['order-2']);
  assert.deepEqual(await idsOf({ group: groups[0]?.key }), ['order-1', 'order-2']);
  assert.deepEqual(await idsOf({ since: '2026-11-29T15:30:00Z' }), ['order-2']);
  assert.deepEqual(await idsOf({ until: '2026-11-29T15:30:00Z', text: 'stock' }), ['order-1']);
  assert.deepEqual(await idsOf({ id: 'order' }), []);
  const { count, rows } = await rig.client.rows(look, { text: 'stock', offset: 1, limit: 1 });
  assert.equal(count, 2);
  assert.deepEqual(rows, [
    {
      row: 1,
      id: 'order-2',
      journey: 'order-2',
      actor: 'infer',
      code: 'runtime_error',
      text: 'No stock',
      attempt: 5,
      failedAt: '2026-11-29T16:00:00.000Z',
      sizeBytes: rows[0]?.sizeBytes,
    },
  ]);
});

test('a filter finds an envelope by the id of its journey', async (t) => {
  const { client, put } = await serveMemoryErrors(t);
  const headers = { 'x-asya-journey-id': 'order-7' };
  await put('error-end', errorEnvelope(envelopeWith({ id: 'order-7.1.2', headers })));
  const { id } = await client.look();
  const { rows } = await client.rows(id, { id: 'order-7' });
  assert.deepEqual(
    rows.map((row) => [row.id, row.journey]),
    [['order-7.1.2', 'order-7']],
  );
});

const INVALID: readonly (readonly [query: string, field: string, error: string])[] = [
  [
    'actr=infer',
    'actr',
    'actr is unknown; the fields are actor, code, text, id, since, until, group',
  ],
  [
    '__proto__=1',
    '__proto__',
    '__proto__ is unknown; the fields are actor, code, text, id, since, until, group',
  ],
  ['text=', 'text', 'text must be a string that is not empty'],
  ['since=now', 'since', 'since must be a time such as 2026-11-29T15:00:00Z, not "now"'],
  [
    'since=2026-11-29T15:00:00Z&until=2026-11-29T15:00:00Z',
    'since',
    'since must be earlier than until',
  ],
  ['limit=0', 'limit', 'limit must be from 1 to 1000'],
  ['limit=1001', 'limit', 'limit must be from 1 to 1000'],
  ['offset=-1', 'offset', 'offset must be an integer from 0, not "-1"'],
];

for (const [query, field, error] of INVALID) {
  test(`the query ${query} is refused`, async (t) => {
    const { client } = await serveMemoryErrors(t);
    const { id } = await client.look();
    assert.deepEqual(await client.refusal(`looks/${id}/rows?${query}`), {
      status: 400,
      field,
      error,
    });
  });
}

test('a look that has ended is answered with 404', async (t) => {
  const { client } = await serveMemoryErrors(t);
  const looks = [await client.look(), await client.look(), await client.look()];
  const ids = looks.map(({ id }) => id);
  const ended = { status: 404, error: 'the look has ended; refresh' };
  assert.deepEqual(await client.refusal(`looks/${ids[0]}/rows`), ended);
  assert.deepEqual(await client.refusal('looks/constructor/rows'), ended);
  assert.equal((await client.rows(ids[1] ?? '')).count, 0);
  await client.look(true);
  assert.equal((await client.rows(ids[2] ?? '')).count, 0);
});

test('a look at a queue that a consumer has emptied names the consumer', async (t) => {
  const { client, transport } = await serveMemoryErrors(t);
  const subscription = await transport.receive('error-end', () => {}, { prefetch: 10 });
  const { gap } = await client.look();
  assert.equal(gap, '1 consumer of "error-end" may have received the messages');
  await subscription.cancel();
});

test('requests about rows that do not exist name the row', async (t) => {
  const { client } = await serveMemoryErrors(t);
  const { id } = await client.look();
  for (const row of ['0', '-1', 'x', '1e1']) {
    const refusal = await client.refusal(`looks/${id}/rows/${row}`);
    assert.deepEqual(refusal, { status: 404, error: `the look has no row "${row}"` });
  }
});

test('looks at the same queue wait for each other', async (t) => {
  const rig: ErrorsRig & { readonly put: Put } = await serveMemoryErrors(t);
  await fill(rig);
  const looks = await Promise.all([rig.client.look(), rig.client.look(), rig.client.look()]);
  assert.deepEqual(
    looks.map(({ count }) => count),
    [4, 4, 4],
  );
});
