import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActionEvent } from '../../../../src/cli/ui/errors/contract.ts';
import type { Delivery } from '../../../../src/transport/transport.ts';
import { envelopeWith, errorEnvelope } from '../../../kit/envelopes/failures.ts';
import { serveMemoryErrors } from '../../../kit/ui/errorsRig.ts';
import { until } from '../../../kit/processes/until.ts';
import { idsIn, serveFailed } from '../../../kit/ui/failedQueue.ts';

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
  const { status, error } = await client.refusal(`looks/${look}/rows/1`);
  const text = 'the message is not in "error-end" any more: it was replayed';
  assert.deepEqual([status, error], [410, text]);
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

test('a replay reports that it waits for the connection, and that it continues', async (t) => {
  const { client, broker, put } = await serveMemoryErrors(t);
  for (const id of ['a', 'b']) await put('error-end', errorEnvelope(envelopeWith({ id })));
  const { id: look } = await client.look();
  const body = { selection: { filter: {} }, rate: 0.01 };
  const running = await client.start('replay', look, body);
  await running.event('progress');
  broker.control.disconnect();
  assert.match(String((await running.event('waitsFor')).waitsFor), /^not connected to the broker/);
  broker.control.reconnect();
  const continued = (): boolean => named(running.events, 'waitsFor').length === 2;
  await until(continued, 'the connection');
  assert.deepEqual(named(running.events, 'waitsFor')[1], { waitsFor: null });
  running.close();
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

test('a replay with edits replaces the payload, digit by digit, and the route', async (t) => {
  const rig = await serveFailed(t, ['a']);
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
  const rig = await serveFailed(t, ['a', 'b']);
  const body = { selection: { filter: {} }, edits: { to: 'prep' } };
  const { end } = await rig.client.act('replay', rig.lookId, body);
  assert.equal((await end).text, '2 replayed');
  assert.deepEqual(await idsIn(rig, 'prep'), ['a', 'b']);
});

test('closing the stream stops a replay before its next message, and the log has its result', async (t) => {
  const rig = await serveFailed(t, ['a', 'b', 'c']);
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
  const rig = await serveFailed(t, ['a', 'b']);
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

test('a stopped replay answers with what it has done', async (t) => {
  const rig = await serveFailed(t, ['a', 'b', 'c']);
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
  const rig = await serveFailed(t, ['a', 'b', 'c', 'd']);
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
