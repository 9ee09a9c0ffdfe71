import assert from 'node:assert/strict';
import { test } from 'node:test';
import { envelopeWith, errorEnvelope } from '../../../kit/envelopes/failures.ts';
import { serveMemoryErrors } from '../../../kit/ui/errorsRig.ts';
import { idsIn, serveFailed } from '../../../kit/ui/failedQueue.ts';

const INVALID: readonly (readonly [
  action: string,
  body: unknown,
  field: string | undefined,
  error: string,
])[] = [
  ['replay', [], undefined, 'the body must be a JSON object'],
  ['replay', {}, 'selection', 'selection must be an object'],
  ['replay', { selection: {} }, 'selection', 'selection must have either rows or filter'],
  [
    'replay',
    { selection: { rows: [] } },
    'selection',
    'selection selects no message that is in the queue',
  ],
  [
    'replay',
    { selection: { rows: [9] } },
    'selection.rows',
    'selection.rows: the look has no row 9',
  ],
  [
    'replay',
    { selection: { rows: [0], filter: {} } },
    'selection',
    'selection must have either rows or filter',
  ],
  [
    'replay',
    { selection: { filter: { actr: 'x' } } },
    'selection.filter.actr',
    'selection.filter.actr is unknown; the fields are actor, code, text, id, since, until, group',
  ],
  [
    'replay',
    { selection: { filter: { actor: null } } },
    'selection.filter.actor',
    'selection.filter.actor must be a string that is not empty',
  ],
  [
    'replay',
    { selection: { rows: [0] }, edit: {} },
    'edit',
    'edit is unknown; the fields are selection, edits, canary, rate',
  ],
  [
    'replay',
    { selection: { rows: [0, 1] }, edits: { payload: '1' } },
    'edits.payload',
    'edits.payload replaces the payload of one message; 2 messages are selected',
  ],
  [
    'replay',
    { selection: { rows: [0] }, edits: { payload: '{"a":}' } },
    'edits.payload',
    'edits.payload is not JSON: ',
  ],
  [
    'replay',
    { selection: { rows: [0] }, edits: { to: 'a b' } },
    'edits.to',
    'edits.to has "a b", which is not a valid actor name',
  ],
  [
    'replay',
    { selection: { rows: [0] }, edits: { route: ['prep', ''] } },
    'edits.route',
    'edits.route has "", which is not a valid actor name',
  ],
  [
    'replay',
    { selection: { rows: [0] }, edits: { route: [] } },
    'edits.route',
    'edits.route must name at least one actor',
  ],
  [
    'replay',
    { selection: { rows: [0] }, edits: { to: 'prep', route: ['prep'] } },
    'edits.to',
    'edits.to and edits.route exclude each other',
  ],
  ['replay', { selection: { rows: [0] }, rate: 0 }, 'rate', 'rate must be a number greater than 0'],
  [
    'replay',
    { selection: { rows: [0] }, rate: 1.5 },
    'rate',
    'rate must be an integer up to 10000, or from 1/300 to 1',
  ],
  [
    'discard',
    { selection: { rows: [0] }, all: true },
    'all',
    'all is unknown; the fields are selection',
  ],
  [
    'export',
    { selection: { rows: ['0'] } },
    'selection.rows',
    'selection.rows must be an array of integers from 0',
  ],
];

for (const [action, body, field, error] of INVALID) {
  test(`a ${action} with ${JSON.stringify(body)} is refused`, async (t) => {
    const rig = await serveFailed(t, ['a', 'b']);
    const refusal = await rig.client.refusal(`looks/${rig.lookId}/${action}`, body);
    assert.equal(refusal.status, 400);
    assert.equal(refusal.field, field);
    assert.ok(refusal.error.startsWith(error), refusal.error);
    assert.deepEqual(await idsIn(rig, 'error-end'), ['a', 'b']);
  });
}

test('an action of a queue is refused while another one runs, which the refusal names', async (t) => {
  const rig = await serveFailed(t, ['a', 'b', 'c']);
  const { client, lookId: look } = rig;
  const slow = { selection: { filter: {} }, rate: 1 / 60 };
  const running = await client.start('replay', look, slow);
  await running.event('progress');
  const refused = { status: 409, error: 'a replay of 3 messages of "error-end" is running' };
  const body = { selection: { rows: [2] } };
  assert.deepEqual(await client.refusal(`looks/${look}/discard`, body), refused);
  // The selection of a refused action is not read.
  const invalid = { selection: { rows: [9] } };
  assert.deepEqual(await client.refusal(`looks/${look}/discard`, invalid), refused);
  assert.deepEqual(await client.refusal(`looks/${look}/rows/2`), refused);
  assert.deepEqual(await client.refusal('looks', {}), refused);
  assert.equal((await client.look(true)).count, 0);
  running.close();
  assert.equal((await client.refusal(`looks/${look}/discard`, invalid)).status, 400);
  const { end } = await client.act('discard', look, body);
  assert.equal((await end).text, '1 discarded');
  assert.deepEqual(await idsIn(rig, 'error-end'), ['b']);
});

test('a read-only server refuses replay and discard, and allows looks and exports', async (t) => {
  const { client, put } = await serveMemoryErrors(t, { isReadOnly: true });
  await put('error-end', errorEnvelope(envelopeWith({ id: 'a' })));
  const { id: look } = await client.look();
  const body = { selection: { rows: [0] } };
  for (const action of ['replay', 'discard']) {
    const { status } = await client.refusal(`looks/${look}/${action}`, body);
    assert.equal(status, 403);
  }
  assert.equal((await client.export(look, body)).length, 1);
});

test('a page stops its own action only, and the next one waits for the end', async (t) => {
  const rig = await serveFailed(t, ['a', 'b', 'c']);
  const { client, lookId: look } = rig;
  const other = await client.look();
  const running = await client.start('replay', look, { selection: { filter: {} }, rate: 1 / 60 });
  await running.event('progress');
  await client.post(`looks/${other.id}/stop`, {});
  const body = { selection: { rows: [2] } };
  assert.equal((await client.refusal(`looks/${look}/discard`, body)).status, 409);
  await client.post(`looks/${look}/stop`, {});
  const discard = await client.act('discard', look, body);
  assert.equal((await discard.end).text, '1 discarded');
  assert.equal((await running.end).text, 'stopped; 1 replayed, 2 left in the queue');
});
