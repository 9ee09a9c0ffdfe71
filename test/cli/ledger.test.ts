import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { OpenTransport } from '../../src/cli/command/command.ts';
import { CommandError, UsageError } from '../../src/cli/command/exit.ts';
import { ledgerCommand } from '../../src/cli/ledger.ts';
import { openSqlite } from '../../src/transport/sqlite/sqlite.ts';
import type { SendOptions } from '../../src/transport/transport.ts';
import { setupCommands } from '../kit/processes/commands.ts';
import { createInbox } from '../kit/envelopes/inbox.ts';

test('the exit code is 0 when every envelope is accounted for', async (t) => {
  const { run, write } = await setup(t);
  const sent = await write([envelope('a'), envelope('b')]);
  const happy = await write([envelope('a')]);
  const error = await write([failed('b')]);
  const { code, out } = await run('--sent', sent, '--happy', happy, '--error', error);
  assert.equal(code, 0);
  assert.match(out, /^sent +2$/m);
  assert.match(out, /^ {2}runtime_error +1$/m);
});

test('a lost envelope is listed, and the exit code is 1', async (t) => {
  const { run, write } = await setup(t);
  const sent = await write([envelope('a'), envelope('b')]);
  const happy = await write([envelope('a')]);
  const { code, out } = await run('--sent', sent, '--happy', happy);
  assert.equal(code, 1);
  assert.match(out, /^lost:\n {2}b$/m);
});

test('--look counts the messages of a queue and leaves them there', async (t) => {
  const { run, write, commands } = await setup(t);
  await commands.put('happy-end', envelope('a'));
  await commands.put('error-end', failed('b'));
  await commands.put('infer', envelope('c'));
  const sent = await write([envelope('a'), envelope('b'), envelope('c')]);
  const queues = ['--look', 'happy-end', '--look', 'error-end', '--look', 'infer'];
  const { code, out } = await run('--sent', sent, ...queues);
  assert.equal(code, 1);
  assert.match(out, /^happy-end +1$/m);
  assert.match(out, /^error-end +1$/m);
  assert.match(out, /^stuck:\n {2}c$/m);
  for (const queue of ['happy-end', 'error-end', 'infer']) {
    assert.equal((await commands.look(queue)).length, 1, queue);
  }
});

test('messages in the parked queue of error-end have failed, and are not lost', async (t) => {
  const { run, write, commands } = await setup(t);
  await commands.put('error-end:parked', failed('a'));
  const { code, out } = await run(
    '--sent',
    await write([envelope('a')]),
    '--look',
    'error-end:parked',
  );
  assert.equal(code, 0);
  assert.match(out, /^ {2}runtime_error +1$/m);
});

test('an arrival that only the log of happy-end contains is not lost', async (t) => {
  const { run, write } = await setup(t);
  const log = await write([{ actor: 'happy-end', envelope_id: 'a', outcome: 'end', attempt: 1 }]);
  const { code, out } = await run('--sent', await write([envelope('a')]), '--log', log);
  assert.equal(code, 0);
  assert.match(out, /^happy-end +1$/m);
});

test('on SQLite, delayed and leased messages are stuck, not lost', async (t) => {
  const { commands, write, folder, closeFirst } = await setup(t);
  const topology = {
    actor: 'infer',
    happyEnd: 'happy-end',
    errorEnd: 'error-end',
    retryDelaysMs: [60_000],
  };
  const path = join(folder, 'queues.db');
  const sidecar = await openSqlite({ path, topology, onState: () => {} });
  closeFirst(() => sidecar.close());
  const send = (id: string, options: SendOptions = {}): Promise<void> =>
    sidecar.send(
      'infer',
      { body: Buffer.from(JSON.stringify(envelope(id))), headers: {} },
      options,
    );
  await send('leased');
  const inbox = createInbox();
  await sidecar.receive('infer', inbox.onDelivery, { prefetch: 1 });
  await inbox.next();
  await send('delayed', { delayMs: 60_000 });
  await send('ready');
  const sent = await write(['leased', 'delayed', 'ready', 'gone'].map(envelope));
  const openTransport: OpenTransport = ({ onState }) => openSqlite({ path, onState });
  const { out } = await commands.run(ledgerCommand, ['--sent', sent, '--look', 'infer'], {
    openTransport,
  });
  assert.match(out, /^lost:\n {2}gone$/m);
  assert.match(out, /^stuck:\n {2}leased\n {2}delayed\n {2}ready$/m);
});

test('a log explains a duplicate', async (t) => {
  const { run, write } = await setup(t);
  const sent = await write([envelope('a')]);
  const happy = await write([envelope('a'), envelope('a')]);
  assert.equal((await run('--sent', sent, '--happy', happy)).code, 1);
  const log = await write([{ envelope_id: 'a', outcome: 'forward', redelivered: 1 }]);
  const { code, out } = await run('--sent', sent, '--happy', happy, '--log', log);
  assert.equal(code, 0);
  assert.match(out, /^ {2}delivered again +1$/m);
});

test('a log may write its levels as numbers or as words', async (t) => {
  const { run, write } = await setup(t);
  const sent = await write([envelope('a'), envelope('b')]);
  const hop = { actor: 'happy-end', outcome: 'end', attempt: 1, msg: 'hop: end' };
  const log = await write([
    { level: 30, ...hop, envelope_id: 'a' },
    { level: 'info', ...hop, envelope_id: 'b' },
  ]);
  const { code, out } = await run('--sent', sent, '--log', log);
  assert.equal(code, 0);
  assert.match(out, /^happy-end +2$/m);
});

test('only a line feed ends a line of a log', async (t) => {
  const { run, write } = await setup(t);
  const id = 'a\u2028\u2029\u0085b';
  const log = await write([{ actor: 'happy-end', envelope_id: id, outcome: 'end' }]);
  const { code, out } = await run('--sent', await write([envelope(id)]), '--log', log);
  assert.equal(code, 0);
  assert.match(out, /^happy-end +1$/m);
});

test('a --sent file is required', async (t) => {
  const { run } = await setup(t);
  await assert.rejects(run('--happy', 'x'), UsageError);
});

test('the error for a missing file names the file', async (t) => {
  const { run } = await setup(t);
  await assert.rejects(run('--sent', '/nowhere.jsonl'), CommandError);
  const { write } = await setup(t);
  await assert.rejects(
    run('--sent', await write([envelope('a')]), '--log', '/nowhere.log'),
    /nowhere\.log/,
  );
});

async function setup(t: TestContext) {
  const commands = await setupCommands(t);
  const folder = await mkdtemp(join(tmpdir(), 'asya-ledger-'));
  const closers = [() => rm(folder, { recursive: true })];
  t.after(async () => {
    for (const close of closers) await close();
  });
  let files = 0;
  return {
    commands,
    /** Registers a close function that runs before the folder is removed. */
    closeFirst: (close: () => Promise<void>): void => void closers.unshift(close),
    folder,
    run: (...args: string[]) => commands.run(ledgerCommand, args),
    /** Writes a JSON Lines file and returns its path. */
    write: async (lines: readonly object[]): Promise<string> => {
      const file = join(folder, `${++files}.jsonl`);
      await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      return file;
    },
  };
}

function envelope(id: string): object {
  return { id, route: { actors: ['infer'], current: 0 }, payload: 1 };
}

function failed(id: string): object {
  return {
    ...envelope(id),
    payload: { error: 'x', details: { code: 'runtime_error' }, original_payload: 1 },
  };
}
