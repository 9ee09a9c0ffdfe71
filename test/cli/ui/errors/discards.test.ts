import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rmdir, stat } from 'node:fs/promises';
import { test } from 'node:test';
import { decodeMessage } from '../../../../src/cli/queue/messageJson.ts';
import type { Delivery, Transport } from '../../../../src/transport/transport.ts';
import { idsIn, serveFailed } from '../../../kit/ui/failedQueue.ts';

/** Removes the first message of error-end, as another process does. */
async function removeFirst(transport: Transport): Promise<void> {
  const first = Promise.withResolvers<Delivery>();
  const subscription = await transport.receive('error-end', first.resolve, { prefetch: 1 });
  const delivery = await first.promise;
  await subscription.cancel();
  await transport.ack(delivery);
}

test('a message that another process has removed is missing', async (t) => {
  const rig = await serveFailed(t, ['a', 'b']);
  const { client, transport, lookId: look } = rig;
  await removeFirst(transport);
  const { end } = await client.act('discard', look, { selection: { rows: [0] } });
  assert.equal((await end).text, '0 discarded, 1 not found');
  assert.equal((await client.rows(look)).rows[0]?.gone, 'missing');
  assert.deepEqual(await readdir(rig.folder), []);
});

test('a discard moves the messages to a new file that only its owner may read', async (t) => {
  const rig = await serveFailed(t, ['a', 'b', 'c']);
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
  const rig = await serveFailed(t, ['a']);
  await rmdir(rig.folder);
  const { end } = await rig.client.act('discard', rig.lookId, { selection: { rows: [0] } });
  const { kind, done, left, text } = await end;
  assert.deepEqual([kind, done, left], ['failed', 0, 1]);
  assert.match(text, /^--archive-folder: cannot create .*ENOENT/);
  await mkdir(rig.folder);
  assert.deepEqual(await idsIn(rig, 'error-end'), ['a']);
});

test('an export has the lines of errors export, and leaves the messages', async (t) => {
  const rig = await serveFailed(t, ['a', 'b', 'c']);
  const lines = await rig.client.export(rig.lookId, { selection: { rows: [2, 0] } });
  const ids = lines.map((line) => (JSON.parse(line) as { error: { id: string } }).error.id);
  assert.deepEqual(ids, ['a', 'c']);
  assert.deepEqual(await idsIn(rig, 'error-end'), ['a', 'b', 'c']);
});
