import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqlite } from '../../../src/transport/sqlite/sqlite.ts';
import { interruptCommand } from '../../kit/rigs/interruptedCommand.ts';
import { replaying } from '../../kit/rigs/movingCommands.ts';

const MESSAGES = 2_000;
const KILLS = 5;
const TOPOLOGY = {
  actor: 'prep',
  happyEnd: 'happy-end',
  errorEnd: 'error-end',
  retryDelaysMs: [],
};

test('on SQLite, a replay that is killed at any point loses no message, and the others keep their order', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'asya-killed-'));
  const path = join(folder, 'queues.db');
  const transport = await openSqlite({ path, topology: TOPOLOGY, onState: () => {} });
  t.after(async () => {
    await transport.close();
    await rm(folder, { recursive: true });
  });
  const { lost, left, kills, isInOrder } = await interruptCommand(replaying(transport, 'prep'), {
    transport,
    variables: { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: path },
    actor: 'prep',
    errorEnd: 'error-end',
    messages: MESSAGES,
    kills: KILLS,
    random: (limit) => Math.floor(Math.random() * limit),
  });
  assert.deepEqual({ lost, left, isInOrder }, { lost: [], left: 0, isInOrder: true });
  assert.ok(kills > 0, 'no run was killed before its end');
});
