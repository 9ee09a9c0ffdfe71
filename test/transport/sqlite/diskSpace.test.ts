import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openSqlite } from '../../../src/transport/sqlite/sqlite.ts';
import { SendError, type Transport } from '../../../src/transport/transport.ts';
import { createInbox } from '../../kit/envelopes/inbox.ts';
import { openSmallDisk } from '../../kit/brokers/smallDisk.ts';

const topology = {
  actor: 'infer',
  happyEnd: 'happy-end',
  errorEnd: 'error-end',
  retryDelaysMs: [],
};

test('a producer that fills the disk is refused while acks still succeed, even when a reader blocks the log', async (t) => {
  const disk = await openSmallDisk(64);
  const closers = [() => disk.remove()];
  t.after(async () => {
    for (const close of closers) await close();
  });
  if (!disk.isSmall) return t.skip('mounting a small disk requires root');
  const path = join(disk.folder, 'queues.db');
  const actor = await openSqlite({ path, topology, onState: () => {} });
  const producer = await openSqlite({ path, onState: () => {} });
  const reader = new DatabaseSync(path);
  closers.unshift(
    () => actor.close(),
    () => producer.close(),
  );
  reader.exec('BEGIN; SELECT count(*) FROM messages');
  const stored = await sendUntilRefused(producer);
  assert.ok(stored > 10, `${stored} messages were stored`);

  const inbox = createInbox();
  await actor.receive('infer', inbox.onDelivery, { prefetch: 1 });
  assert.equal(
    await actor.ack(await inbox.next()),
    true,
    'a stored message is delivered and acked',
  );
  reader.close();
  for (let left = stored - 1; left > 0; left--)
    assert.equal(await actor.ack(await inbox.next()), true);
  await producer.send('infer', { body: Buffer.from('space available'), headers: {} });
  assert.equal((await inbox.next()).body.toString(), 'space available');
});

/** Sends messages of 1 MB until one is refused; returns the number of stored messages. */
async function sendUntilRefused(transport: Transport): Promise<number> {
  for (let stored = 0; ; stored++) {
    try {
      await transport.send('infer', { body: Buffer.alloc(1_000_000, 'x'), headers: {} });
    } catch (error) {
      assert.ok(error instanceof SendError && error.code === 'unconfirmed', String(error));
      return stored;
    }
  }
}
