import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { CommandContext } from '../../../src/cli/command/command.ts';
import { CommandError, UsageError } from '../../../src/cli/command/exit.ts';
import { errorsCommand } from '../../../src/cli/errors/errorsCommand.ts';
import { decodeMessage } from '../../../src/cli/queue/messageJson.ts';
import type { Message } from '../../../src/transport/message.ts';
import { envelopeWith, errorEnvelope } from '../../kit/envelopes/failures.ts';
import { openSmallDisk } from '../../kit/brokers/smallDisk.ts';
import { createCommandContext, type CommandResult } from '../../kit/processes/commandContext.ts';
import { setupCommands, type Commands } from '../../kit/processes/commands.ts';

interface Setup extends Commands {
  /** The path of a file that does not exist. */
  readonly file: string;
  readonly discard: (
    args: readonly string[],
    overrides?: Partial<CommandContext>,
  ) => Promise<CommandResult>;
}

async function setup(t: TestContext, ids: readonly string[]): Promise<Setup> {
  const commands = await setupCommands(t);
  for (const id of ids) {
    const code = id.startsWith('t') ? 'runtime_timeout' : 'runtime_error';
    await commands.put('error-end', errorEnvelope(envelopeWith({ id }), { code }));
  }
  const folder = await mkdtemp(join(tmpdir(), 'asya-discard-'));
  t.after(() => rm(folder, { recursive: true }));
  return {
    ...commands,
    file: join(folder, 'discarded.jsonl'),
    discard: (args, overrides) => commands.run(errorsCommand, ['discard', ...args], overrides),
  };
}

function idsIn(jsonLines: string): string[] {
  const lines = jsonLines.split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { error: { id: string } }).error.id);
}

function idsOf(messages: readonly Message[]): string[] {
  return messages.map(({ body }) => (JSON.parse(body.toString()) as { id: string }).id);
}

test('the selected messages move to a new file for its owner, and the others stay in order', async (t) => {
  const { discard, look, file } = await setup(t, ['e1', 't1', 'e2', 't2']);
  const [before] = await look('error-end');
  const { code, out, err } = await discard(['--code', 'runtime_error', '--file', file]);
  assert.deepEqual(
    { code, out, err },
    { code: 0, out: `2 messages of "error-end" moved to ${file}\n`, err: '' },
  );
  const text = await readFile(file, 'utf8');
  assert.deepEqual(idsIn(text), ['e1', 'e2']);
  const { message } = JSON.parse(text.split('\n')[0] ?? '') as { message: unknown };
  assert.deepEqual(decodeMessage(message).body, before?.body);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.deepEqual(idsOf(await look('error-end')), ['t1', 't2']);
});

test('--limit discards the first messages, and --all needs no filter', async (t) => {
  const { discard, look, file } = await setup(t, ['e1', 'e2', 'e3']);
  await discard(['--all', '--limit', '2', '--file', file]);
  assert.deepEqual(idsIn(await readFile(file, 'utf8')), ['e1', 'e2']);
  assert.deepEqual(idsOf(await look('error-end')), ['e3']);
});

test('a command line without a filter or a file is refused', async (t) => {
  const { discard, file } = await setup(t, []);
  await assert.rejects(discard(['--all']), /^UsageError: --file FILE is required$/);
  await assert.rejects(discard(['--file', file]), UsageError);
  await assert.rejects(discard(['--limit', '1', '--file', file]), UsageError);
  assert.equal(existsSync(file), false);
});

test('an existing file is refused before a message is read', async (t) => {
  const { discard, look, file } = await setup(t, ['e1']);
  await writeFile(file, 'kept');
  await assert.rejects(
    discard(['--all', '--file', file]),
    new CommandError(`--file: ${file} exists; name a new file`),
  );
  assert.equal(await readFile(file, 'utf8'), 'kept');
  assert.equal((await look('error-end')).length, 1);
  await assert.rejects(
    discard(['--all', '--file', join(file, 'below')]),
    /^CommandError: --file: cannot create .*: ENOTDIR/,
  );
});

test('without a message to discard, no file is left', async (t) => {
  const { discard, file } = await setup(t, ['e1']);
  const none = await discard(['--actor', 'x', '--file', file]);
  assert.deepEqual([none.code, none.out], [0, 'no message of "error-end" matches\n']);
  const parked = await discard(['--all', '--parked', '--file', file]);
  assert.equal(parked.out, 'there is nothing in "error-end:parked"\n');
  assert.equal(existsSync(file), false);
});

test('a missing id is a failure, and the others are discarded', async (t) => {
  const { discard, file, look } = await setup(t, ['e1', 'e2']);
  const { code, out, err } = await discard(['--id', 'x', '--id', 'e2', '--file', file]);
  assert.deepEqual([code, err], [1, 'no message of "error-end" with the id "x" matches\n']);
  assert.match(out, /^1 message of "error-end" moved to /);
  assert.equal((await look('error-end')).length, 1);
});

test('with --file -, the lines go to standard output and the result to standard error', async (t) => {
  const { discard, look } = await setup(t, ['e1', 'e2']);
  const { code, out, err } = await discard(['--all', '--file', '-']);
  assert.equal(code, 0);
  assert.deepEqual(idsIn(out), ['e1', 'e2']);
  assert.equal(err, '2 messages of "error-end" moved to standard output\n');
  assert.deepEqual(await look('error-end'), []);
});

for (const step of ['write', 'sync'] as const) {
  test(`a failed ${step} leaves the messages in the queue, in order`, async (t) => {
    const { discard, look } = await setup(t, ['e1', 'e2', 'e3']);
    const { context } = createCommandContext();
    const fail = (): Promise<void> => Promise.reject(new Error('EIO'));
    await assert.rejects(
      discard(['--all', '--file', '-'], { terminal: { ...context.terminal, [step]: fail } }),
      new CommandError('cannot write standard output: EIO'),
    );
    assert.deepEqual(idsOf(await look('error-end')), ['e1', 'e2', 'e3']);
  });
}

test('on a full disk, every message is in the file or in the queue', async (t) => {
  const disk = await openSmallDisk(1);
  t.after(() => disk.remove());
  if (!disk.isSmall) return t.skip('requires the permission to mount');
  const { discard, look, put } = await setup(t, []);
  const ids = Array.from({ length: 900 }, (_, n) => `e-${n}`);
  const payload = 'x'.repeat(3_000);
  for (const id of ids) await put('error-end', errorEnvelope(envelopeWith({ id, payload })));
  const file = join(disk.folder, 'discarded.jsonl');
  await assert.rejects(discard(['--all', '--file', file]), /^CommandError: cannot write .*ENOSPC/);
  const archived = idsIn(await readFile(file, 'utf8'));
  assert.deepEqual(archived, ids.slice(0, archived.length));
  assert.ok(archived.length > 0);
  assert.deepEqual(idsOf(await look('error-end')), ids.slice(archived.length));
});

test('--json prints the result as JSON', async (t) => {
  const { discard, file } = await setup(t, ['e1', 't1']);
  const { out } = await discard(['--code', 'runtime_timeout', '--file', file, '--json']);
  assert.deepEqual(JSON.parse(out), { queue: 'error-end', discarded: 1, file });
});
