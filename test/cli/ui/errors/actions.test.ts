import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rmdir, stat } from 'node:fs/promises';
import { test, type TestContext } from 'node:test';
import type { ActionEvent } from '../../../../src/cli/ui/errors/contract.ts';
import { decodeMessage } from '../../../../src/cli/queue/messageJson.ts';
import type { Delivery, Transport } from '../../../../src/transport/transport.ts';
import { envelopeWith, errorEnvelope } from '../../../kit/envelopes/failures.ts';
import { serveMemoryErrors, type ErrorsRig } from '../../../kit/ui/errorsRig.ts';
import { until } from '../../../kit/processes/until.ts';
import type { Commands } from '../../../kit/processes/commands.ts';

type Rig = ErrorsRig & Commands;

/** Fills error-end with failed messages that have these ids. */
async function setup(t: TestContext, ids: readonly string[]): Promise<Rig & { lookId: string }> {
  const rig = await serveMemoryErrors(t);
  for (const id of ids) await rig.put('error-end', errorEnvelope(envelopeWith({ id })));
  return { ...rig, lookId: (await rig.client.look()).id };
}

async function idsIn({ look }: Pick<Commands, 'look'>, queue: string): Promise<readonly string[]> {
  return (await look(queue)).map(({ body }) => (JSON.parse(String(body)) as { id: string }).id);
}

function named(events: readonly ActionEvent[], name: string): readonly ActionEvent[] {
  return events.filter((event) => Object.hasOwn(event, name));
}

test('a replay of rows sends their originals, and leaves the other messages in order', async (t) => {
  const { client, ...rig } = await serveMemoryErrors(t);
  for (const id of ['a', 'b', 'c', 'd']) {
    await rig.put('error-end', errorEnvelope(envelopeWith({ id })));
  }
  const { id: look } = await client.look();
  const { events, end } = await client.act('replay', look, { selection: { rows: [3, 1] } });
  assert.deepEqual(await end, {
    kind: 'done',
    done: 2,
    left: 0,
    missing: 0,
    text: '2 replayed',
  });
  assert.deepEqual(named(events, 'left'), []);
  assert.deepEqual(await idsIn(rig, 'infer'), ['b', 'd']);
  assert.deepEqual(await idsIn(rig, 'error-end'), ['a', 'c']);
  const { rows } = await client.rows(look);
  assert.deepEqual(
    rows.map(({ gone }) => gone),
    [undefined, 'replayed', undefined, 'replayed'],
  );
});

test('a replay by a filter takes the messages of the index, and not those that came later', async (t) => {
  const rig = await serveMemoryErrors(t);
  const { client, put } = rig;
  const failed = (id: string, message: string): Promise<void> =>
    put('error-end', errorEnvelope(envelopeWith({ id }), { message }));
  await failed('a', 'no stock');
  await failed('b', 'other');
  await failed('c', 'no stock');
  const { id: look } = await client.look();
  await failed('d', 'no stock');
  const { end } = await client.act('replay', look, { selection: { filter: { text: 'stock' } } });
  assert.equal((await end).text, '2 replayed');
  assert.deepEqual(await idsIn(rig, 'infer'), ['a', 'c']);
  assert.deepEqual(await idsIn(rig, 'error-end'), ['b', 'd']);
});

test('of equal messages, as many are replayed as were selected', async (t) => {
  const rig = await serveMemoryErrors(t);
  const body = errorEnvelope(envelopeWith({ id: 'a' }));
  for (let n = 0; n < 3; n++) await rig.transport.send('error-end', { body, headers: {} });
  const { id: look } = await rig.client.look();
  const { end } = await rig.client.act('replay', look, { selection: { rows: [0, 2] } });
  assert.equal((await end).text, '2 replayed');
  assert.deepEqual(await idsIn(rig, 'error-end'), ['a']);
});

test('a message that cannot be replayed stays in the queue with its reason', async (t) => {
  const rig = await serveMemoryErrors(t);
  const route = { actors: ['nowhere'], current: 0 };
  await rig.put('error-end', errorEnvelope(envelopeWith({ id: 'a', route })));
  const { id: look } = await rig.client.look();
  const { events, end } = await rig.client.act('replay', look, { selection: { filter: {} } });
  assert.equal((await end).text, '0 replayed, 1 left in the queue');
  const reason = 'not stored: no queue for actor "nowhere"';
  assert.deepEqual(named(events, 'left'), [{ left: { row: 0, id: 'a', reason } }]);
  assert.deepEqual(await idsIn(rig, 'error-end'), ['a']);
});

/** Removes the first message of error-end, as another process does. */
async function removeFirst(transport: Transport): Promise<void> {
  const first = Promise.withResolvers<Delivery>();
  const subscription = await transport.receive('error-end', first.resolve, { prefetch: 1 });
  const delivery = await first.promise;
  await subscription.cancel();
  await transport.ack(delivery);
}

test('a message that another process has removed is missing', async (t) => {
  const rig = await setup(t, ['a', 'b']);
  const { client, transport, lookId: look } = rig;
  await removeFirst(transport);
  const { end } = await client.act('discard', look, { selection: { rows: [0] } });
  assert.equal((await end).text, '0 discarded, 1 not found');
  assert.equal((await client.rows(look)).rows[0]?.gone, 'missing');
  assert.deepEqual(await readdir(rig.folder), []);
});

test('a replay with edits replaces the payload, digit by digit, and the route', async (t) => {
  const rig = await setup(t, ['a']);
  const payload = '{"n": 12345678901234567890, "f": 1.0}';
  const edits = { payload, route: ['prep', 'infer'] };
  const { end } = await rig.client.act('replay', rig.lookId, { selection: { rows: [0] }, edits });
  assert.equal((await end).text, '1 replayed');
  const [message] = await rig.look('prep');
  assert.ok(message?.body.includes(payload), String(message?.body));
  assert.deepEqual((JSON.parse(String(message?.body)) as { route: object }).route, {
    actors: ['prep', 'infer'],
    current: 0,
  });
});

test('a replay to another actor of the route moves several messages', async (t) => {
  const rig = await setup(t, ['a', 'b']);
  const body = { selection: { filter: {} }, edits: { to: 'prep' } };
  const { end } = await rig.client.act('replay', rig.lookId, body);
  assert.equal((await end).text, '2 replayed');
  assert.deepEqual(await idsIn(rig, 'prep'), ['a', 'b']);
});

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
    const rig = await setup(t, ['a', 'b']);
    const refusal = await rig.client.refusal(`looks/${rig.lookId}/${action}`, body);
    assert.equal(refusal.status, 400);
    assert.equal(refusal.field, field);
    assert.ok(refusal.error.startsWith(error), refusal.error);
    assert.deepEqual(await idsIn(rig, 'error-end'), ['a', 'b']);
  });
}

test('a discard moves the messages to a new file that only its owner may read', async (t) => {
  const rig = await setup(t, ['a', 'b', 'c']);
  const { client, lookId: look, folder } = rig;
  const { end } = await client.act('discard', look, { selection: { rows: [0, 2] } });
  const { file = '', ...rest } = await end;
  assert.deepEqual(rest, { kind: 'done', done: 2, left: 0, missing: 0, text: '2 discarded' });
  assert.match(file.slice(folder.length), /^\/discarded-\d{4}-\d{2}-\d{2}T\d{6}Z\.jsonl$/);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const bodies = lines.map((line) =>
    decodeMessage((JSON.parse(line) as { message: unknown }).message),
  );
  assert.deepEqual(
    bodies.map(({ body }) => (JSON.parse(String(body)) as { id: string }).id),
    ['a', 'c'],
  );
  assert.deepEqual(await idsIn(rig, 'error-end'), ['b']);
  const again = await client.act('discard', look, { selection: { filter: {} } });
  assert.notEqual((await again.end).file, file);
});

test('without a folder for the archive, a discard fails and removes nothing', async (t) => {
  const rig = await setup(t, ['a']);
  await rmdir(rig.folder);
  const { end } = await rig.client.act('discard', rig.lookId, { selection: { rows: [0] } });
  const { kind, done, left, text } = await end;
  assert.deepEqual([kind, done, left], ['failed', 0, 1]);
  assert.match(text, /^--archive-folder: cannot create .*ENOENT/);
  await mkdir(rig.folder);
  assert.deepEqual(await idsIn(rig, 'error-end'), ['a']);
});

test('an export has the lines of errors export, and leaves the messages', async (t) => {
  const rig = await setup(t, ['a', 'b', 'c']);
  const lines = await rig.client.export(rig.lookId, { selection: { rows: [2, 0] } });
  const ids = lines.map((line) => (JSON.parse(line) as { error: { id: string } }).error.id);
  assert.deepEqual(ids, ['a', 'c']);
  assert.deepEqual(await idsIn(rig, 'error-end'), ['a', 'b', 'c']);
});

test('an action of a queue is refused while another one runs, which the refusal names', async (t) => {
  const rig = await setup(t, ['a', 'b', 'c']);
  const { client, lookId: look } = rig;
  const slow = { selection: { filter: {} }, rate: 1 / 60 };
  const running = await client.start('replay', look, slow);
  await running.event('progress');
  const refused = { status: 409, error: 'a replay of 3 messages of "error-end" is running' };
  const body = { selection: { rows: [2] } };
  assert.deepEqual(await client.refusal(`looks/${look}/discard`, body), refused);
  assert.deepEqual(await client.refusal(`looks/${look}/rows/2`), refused);
  assert.deepEqual(await client.refusal('looks', {}), refused);
  assert.equal((await client.look(true)).count, 0);
  running.close();
  const { end } = await client.act('discard', look, body);
  assert.equal((await end).text, '1 discarded');
  assert.deepEqual(await idsIn(rig, 'error-end'), ['b']);
});

test('closing the stream stops a replay before its next message, and the log has its result', async (t) => {
  const rig = await setup(t, ['a', 'b', 'c']);
  const { client, lookId: look, server } = rig;
  const running = await client.start('replay', look, { selection: { filter: {} }, rate: 1 / 60 });
  await running.event('progress');
  running.close();
  await client.look();
  assert.deepEqual(await idsIn(rig, 'infer'), ['a']);
  assert.deepEqual(await idsIn(rig, 'error-end'), ['b', 'c']);
  assert.match(
    server.lines[0] ?? '',
    /replay by 127\.0\.0\.1: 3 messages of "error-end"; stopped; 1 replayed, 2 left in the queue$/,
  );
});

test('the log line of an action names its edits and its archive', async (t) => {
  const rig = await setup(t, ['a', 'b']);
  const { client, lookId: look, server } = rig;
  const edits = { payload: '{"secret":1}', to: 'prep' };
  await client.act('replay', look, { selection: { rows: [0] }, edits });
  const discarded = await client.act('discard', look, { selection: { rows: [1] } });
  const { file = '' } = await discarded.end;
  assert.deepEqual(
    server.lines.map((line) => line.replace(/^\S+ /, '')),
    [
      'replay by 127.0.0.1: 1 message of "error-end"; with a new payload; to prep; 1 replayed',
      `discard by 127.0.0.1: 1 message of "error-end"; 1 discarded; ${file}`,
    ],
  );
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

test('the failures of a journey are found by a look, the oldest first', async (t) => {
  const { errors, put } = await serveMemoryErrors(t);
  const headers = { 'x-asya-journey-id': 'order-7' };
  const failed = (id: string, fault: object): Promise<void> =>
    put('error-end', errorEnvelope(envelopeWith({ id, headers }), fault));
  await failed('order-7.1.1', { failedAt: '2026-11-29T16:00:00.000Z', type: 'ValueError' });
  await failed('order-7.1.0', { failedAt: '2026-11-29T15:00:00.000Z' });
  await put('error-end', errorEnvelope(envelopeWith({ id: 'other' })));
  const found = await errors.failuresOf('order-7', new AbortController().signal);
  assert.deepEqual(
    found.map(({ failure }) => failure.id),
    ['order-7.1.0', 'order-7.1.1'],
  );
  assert.deepEqual(found[1], {
    failure: {
      id: 'order-7.1.1',
      actor: 'infer',
      code: 'runtime_error',
      type: 'ValueError',
      text: 'ValueError: on purpose',
      attempt: 5,
      failedAt: '2026-11-29T16:00:00.000Z',
    },
    journey: 'order-7',
    route: { actors: ['prep', 'infer', 'post'], current: 1 },
  });
});

test('the newest look names the actors of failures, and the steps of their routes', async (t) => {
  const { errors, client, put } = await serveMemoryErrors(t);
  assert.deepEqual(errors.named(), { actors: [], edges: [] });
  await put('error-end', errorEnvelope(envelopeWith(), { actor: 'infer' }));
  await client.look();
  assert.deepEqual(errors.named(), {
    actors: ['infer', 'prep', 'post'],
    edges: [
      { from: 'prep', to: 'infer' },
      { from: 'infer', to: 'post' },
    ],
  });
});

test('a stopped replay answers with what it has done', async (t) => {
  const rig = await setup(t, ['a', 'b', 'c']);
  const { client, lookId: look } = rig;
  const slow = { selection: { filter: {} }, rate: 1 / 60 };
  const running = await client.start('replay', look, slow);
  await running.event('progress');
  await client.post(`looks/${look}/stop`, {});
  const { kind, done, left } = await running.end;
  assert.deepEqual([kind, done, left], ['stopped', 1, 2]);
  assert.deepEqual(await idsIn(rig, 'error-end'), ['b', 'c']);
});

test('messages are found behind others that have returned to the queue', async (t) => {
  const rig = await setup(t, ['a', 'b', 'c', 'd']);
  const { client, lookId: look, transport } = rig;
  const held = Promise.withResolvers<Delivery>();
  const consumer = await transport.receive('error-end', held.resolve, { prefetch: 1 });
  const delivery = await held.promise;
  const missing = await client.act('discard', look, { selection: { rows: [0] } });
  assert.equal((await missing.end).text, '0 discarded, 1 not found');
  await consumer.cancel();
  await transport.nack(delivery);
  assert.equal((await client.message(look, 1)).id, 'b');
  const replay = await client.act('replay', look, { selection: { rows: [1, 2] } });
  assert.equal((await replay.end).text, '2 replayed');
  const discard = await client.act('discard', look, { selection: { rows: [3] } });
  assert.equal((await discard.end).text, '1 discarded');
  assert.deepEqual(await idsIn(rig, 'error-end'), ['a']);
});

test('a page stops its own action only, and the next one waits for the end', async (t) => {
  const rig = await setup(t, ['a', 'b', 'c']);
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

test('a server without other sources takes a look for the names of the actors', async (t) => {
  const { errors, put } = await serveMemoryErrors(t);
  await put('error-end', errorEnvelope(envelopeWith()));
  errors.start();
  await until(() => errors.named().actors.length === 3, 'the names');
  errors.stop();
});
