import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CommandError, UsageError } from '../../../../src/cli/command/exit.ts';
import { encodeMessage } from '../../../../src/cli/queue/messageJson.ts';
import { errorsReplayCommand } from '../../../../src/cli/replay.ts';
import type { Message } from '../../../../src/transport/message.ts';
import { setupCommands } from '../../../kit/processes/commands.ts';
import { until } from '../../../kit/processes/until.ts';

/** A line as `errors export` prints it. */
function line(id: string, { code = 'runtime_error', actor = 'prep' } = {}): string {
  const envelope = {
    id,
    route: { actors: [actor], current: 0 },
    headers: { 'x-asya-hops': 1 },
    payload: {
      error: `${code}: on purpose`,
      details: { code, message: 'on purpose', actor, attempt: 5 },
      original_payload: { of: id },
    },
  };
  const message = encodeMessage({ body: Buffer.from(JSON.stringify(envelope)), headers: {} });
  return `${JSON.stringify({ message, error: { id } })}\n`;
}

function write(t: TestContext, content: string | Buffer): string {
  const directory = mkdtempSync(join(tmpdir(), 'asya-replay-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'failed.jsonl');
  writeFileSync(file, content);
  return file;
}

function idsOf(messages: readonly Message[]): string[] {
  return messages.map(({ body }) => (JSON.parse(body.toString()) as { id: string }).id);
}

test('the messages in a file are published, as those in the queue are, and again by a second run', async (t) => {
  const commands = await setupCommands(t);
  const file = write(t, line('a') + line('b'));
  const ran = await commands.run(errorsReplayCommand, ['--from', file]);
  assert.equal(ran.code, 0);
  assert.match(ran.out, /^\S+failed\.jsonl:2 +b +runtime_error +prep +replayed$/m);
  const [message] = await commands.look('prep');
  assert.equal(
    String(message?.body),
    '{"id":"a","route":{"actors":["prep"],"current":0},"headers":{"x-asya-hops":2},"payload":{"of":"a"}}',
  );
  assert.equal(message?.headers['asya-replayed'], true);
  await commands.run(errorsReplayCommand, ['--from', file]);
  assert.deepEqual(idsOf(await commands.look('prep')), ['a', 'b', 'a', 'b']);
});

test('filters, edits and a dry run apply to a file', async (t) => {
  const commands = await setupCommands(t);
  const file = write(t, line('a') + line('b', { code: 'runtime_timeout' }));
  const dry = await commands.run(errorsReplayCommand, ['--from', file, '--dry-run']);
  assert.equal(dry.out.match(/would be replayed/g)?.length, 2);
  assert.deepEqual(await commands.look('prep'), []);
  const args = ['--code', 'runtime_timeout', '--route', 'infer', '--from', file];
  const ran = await commands.run(errorsReplayCommand, args);
  assert.match(ran.out, /^1 message does not match$/m);
  assert.deepEqual(idsOf(await commands.look('infer')), ['b']);
});

test('a file may be compressed, or standard input', async (t) => {
  const commands = await setupCommands(t);
  const compressed = write(t, gzipSync(line('a')));
  assert.equal((await commands.run(errorsReplayCommand, ['--from', compressed])).code, 0);
  const stdin = Readable.from([Buffer.from(line('b'))]);
  const ran = await commands.run(errorsReplayCommand, ['--from', '-'], { stdin });
  assert.match(ran.out, /^stdin:1 +b /m);
  assert.deepEqual(idsOf(await commands.look('prep')), ['a', 'b']);
});

test('a line that cannot be replayed is named, and the others are replayed', async (t) => {
  const commands = await setupCommands(t);
  const bad = ['not JSON', '{"id":"a"}', '{"message":{"body":1}}', ''].join('\n');
  const file = write(t, `${bad}\n${line('a')}${line('b', { actor: 'gone' })}{"mess`);
  const ran = await commands.run(errorsReplayCommand, ['--from', file]);
  assert.equal(ran.code, 1);
  const left = (number: number, reason: RegExp): void =>
    assert.match(ran.out, new RegExp(`^${file}:${number} .*left: ${reason.source}`, 'm'));
  left(1, /not JSON: /);
  left(2, /not a line of "errors export" or "errors discard"$/);
  left(3, /the body must be a string$/);
  left(6, /not stored: no queue for actor "gone"$/);
  left(7, /not JSON: /);
  assert.deepEqual(idsOf(await commands.look('prep')), ['a']);
});

test('an unconfirmed publish ends the run, and the report names the line to continue at', async (t) => {
  const commands = await setupCommands(t);
  const lines = ['a', 'b', 'c'].map((id) => line(id));
  const file = write(t, lines.join(''));
  commands.broker.control.failSends(1, 'unconfirmed');
  const ran = await commands.run(errorsReplayCommand, ['--from', file, '--rate', '20/s']);
  assert.equal(ran.code, 1);
  assert.match(ran.err, /^all lines up to 0 are done\. Continue with: /);
  assert.ok(ran.err.includes(`tail -n +1 ${file} | asya-sidecar errors replay --from -`));
  assert.deepEqual(await commands.look('prep'), []);
});

test('a signal ends the wait for a line, and the report names the last line that is done', async (t) => {
  const commands = await setupCommands(t);
  const stdin = new PassThrough();
  stdin.write(line('a') + line('b'));
  const stop = new AbortController();
  const running = commands.run(errorsReplayCommand, ['--from', '-'], {
    stdin,
    stopped: stop.signal,
  });
  await until(async () => (await commands.transport.depth('prep')) === 2, 'two messages');
  stop.abort();
  const { code, out, err } = await running;
  assert.deepEqual([code, err], [1, 'stopped by a signal; all lines up to 2 are done\n']);
  assert.equal(out.match(/replayed$/gm)?.length, 2);
});

test('--limit ends the run at its line', async (t) => {
  const commands = await setupCommands(t);
  const file = write(t, line('a') + line('b'));
  const ran = await commands.run(errorsReplayCommand, ['--from', file, '--limit', '1']);
  assert.deepEqual([ran.code, ran.err], [0, '']);
  assert.deepEqual(idsOf(await commands.look('prep')), ['a']);
});

test('a file that cannot be read, and options that exclude each other, are errors', async (t) => {
  const { run } = await setupCommands(t);
  await assert.rejects(
    run(errorsReplayCommand, ['--from', '/no/such/file']),
    (error) =>
      error instanceof CommandError && error.message.startsWith('cannot read /no/such/file: '),
  );
  await assert.rejects(
    run(errorsReplayCommand, ['--from', 'x', '--parked']),
    new UsageError('--from and --parked exclude each other'),
  );
  await assert.rejects(run(errorsReplayCommand, ['--from', '']), UsageError);
});
