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

test('a producer that fills the disk while a reader keeps the log from starting anew is stopped before it is full', async (t) => {
  const disk = await openSmallDisk(64);
  const closers = [() => disk.remove()];
  t.after(async () => {
    for (const close of closers) await close();
  });
  if (!disk.isSmall) return t.skip('nobody but root can mount a small disk, and not everywhere');
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
  assert.ok(stored > 10, `${stored} were stored`);

  const inbox = createInbox();
  await actor.receive('infer', inbox.onDelivery, { prefetch: 1 });
  assert.equal(
    await actor.ack(await inbox.next()),
    true,
    'what is there is taken and settled all the same',
  );
  reader.close();
  for (let left = stored - 1; left > 0; left--)
    assert.equal(await actor.ack(await inbox.next()), true);
  await producer.send('infer', { body: Buffer.from('there is room again'), headers: {} });
  assert.equal((await inbox.next()).body.toString(), 'there is room again');
});

/** How many megabytes were stored. */
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
