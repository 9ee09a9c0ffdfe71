import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { CommandError } from '../../../src/cli/command/exit.ts';
import { errorsCommand } from '../../../src/cli/errors/errorsCommand.ts';
import type { CommandResult } from '../../kit/processes/commandContext.ts';
import { setupCommands, type Commands } from '../../kit/processes/commands.ts';
import { envelopeWith, errorEnvelope, type FaultPart } from '../../kit/envelopes/failures.ts';

interface Failed extends FaultPart {
  readonly id: string;
  readonly journey?: string;
}

async function setup(
  t: TestContext,
  messages: readonly Failed[],
): Promise<Commands & { readonly show: (...args: string[]) => Promise<CommandResult> }> {
  const commands = await setupCommands(t);
  for (const { id, journey = id, ...fault } of messages) {
    const original = envelopeWith({ id, headers: { 'x-asya-journey-id': journey } });
    await commands.put('error-end', errorEnvelope(original, fault));
  }
  return { ...commands, show: (...args) => commands.run(errorsCommand, ['show', ...args]) };
}

function idsIn({ out }: CommandResult): string[] {
  return [...out.matchAll(/^envelope {2}(.*)$/gm)].map(([, id = '']) => id);
}

test('all messages with the id are shown, the newest first, and stay in the queue', async (t) => {
  const { show, look } = await setup(t, [
    { id: 'a', failedAt: '2026-11-29T12:00:00Z', message: 'first' },
    { id: 'a', failedAt: '2026-11-29T13:00:00Z', message: 'second' },
    { id: 'ab' },
  ]);
  const shown = await show('a');
  assert.deepEqual([shown.code, shown.err, idsIn(shown)], [0, '', ['a', 'a']]);
  assert.match(shown.out, /second[^]*first/);
  assert.equal((await look('error-end')).length, 3);
});

test('a journey id or the start of an id is accepted if no envelope has this id', async (t) => {
  const { show } = await setup(t, [
    { id: 'order-12', journey: 'j' },
    { id: 'j-other' },
    { id: 'order-13' },
  ]);
  assert.deepEqual(idsIn(await show('j')), ['order-12']);
  assert.deepEqual(idsIn(await show('order-1')).toSorted(), ['order-12', 'order-13']);
  assert.deepEqual(idsIn(await show('order-13…')), ['order-13']);
});

test('a line precedes messages that do not have exactly the id', async (t) => {
  const { show } = await setup(t, [{ id: 'order-12', journey: 'j' }, { id: 'order-13' }]);
  const none = 'no message has the id';
  assert.equal(
    (await show('order-1')).err,
    `${none} "order-1"; these are the messages whose id begins with it\n`,
  );
  assert.equal(
    (await show('j')).err,
    `${none} "j"; these are the messages of the journey with this id\n`,
  );
  for (const id of ['order-13', 'order-1…']) assert.equal((await show(id)).err, '');
});

test('an unknown id is one line with the queue and the number of messages', async (t) => {
  const { show } = await setup(t, [{ id: 'a' }, { id: 'b' }]);
  await assert.rejects(
    show('x'),
    new CommandError('no message has the id "x"; looked through 2 messages of "error-end"'),
  );
  await assert.rejects(
    show('--actor', 'x'),
    new CommandError('no message matches; looked through 2 messages of "error-end"'),
  );
  await assert.rejects(
    show('x', '--parked'),
    new CommandError('there is nothing in "error-end:parked"'),
  );
});

test('filters select messages without an id', async (t) => {
  const { show } = await setup(t, [{ id: 'a' }, { id: 'b', code: 'runtime_timeout' }]);
  assert.deepEqual(idsIn(await show('--code', 'runtime_timeout')), ['b']);
  await assert.rejects(show(), /^UsageError: an ID or a filter is required$/);
  await assert.rejects(show('a', 'b'), /^UsageError: at most one ID is allowed$/);
});

test('the newest messages up to the limit are shown, with the number of the others', async (t) => {
  const messages = Array.from({ length: 50 }, (_, n) => ({
    id: `e-${n}`,
    failedAt: new Date(Date.UTC(2026, 10, 29) + ((n * 7) % 50) * 1_000).toISOString(),
  }));
  const { show } = await setup(t, messages);
  const shown = await show('--code', 'runtime_error');
  assert.equal(idsIn(shown).length, 20);
  assert.equal(shown.err, '30 older messages not shown; see --limit\n');
  const newest = messages.toSorted((a, b) => (a.failedAt < b.failedAt ? 1 : -1));
  assert.deepEqual(
    idsIn(await show('--code', 'runtime_error', '--limit', '2')),
    newest.slice(0, 2).map(({ id }) => id),
  );
});

test('--json prints each message as one line', async (t) => {
  const { show } = await setup(t, [{ id: 'a' }, { id: 'a' }]);
  const { out } = await show('a', '--json');
  assert.deepEqual(
    out
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id),
    ['a', 'a'],
  );
});
