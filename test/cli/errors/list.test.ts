import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { UsageError } from '../../../src/cli/command/exit.ts';
import { errorsCommand } from '../../../src/cli/errors/errorsCommand.ts';
import type { CommandResult } from '../../kit/processes/commandContext.ts';
import { setupCommands, type Commands } from '../../kit/processes/commands.ts';
import { envelopeWith, errorEnvelope, type FaultPart } from '../../kit/envelopes/failures.ts';

async function setup(
  t: TestContext,
  faults: Readonly<Record<string, FaultPart>> = {},
): Promise<Commands & { readonly list: (...args: string[]) => Promise<CommandResult> }> {
  const commands = await setupCommands(t);
  for (const [id, fault] of Object.entries(faults)) {
    await commands.put('error-end', errorEnvelope(envelopeWith({ id }), fault));
  }
  return { ...commands, list: (...args) => commands.run(errorsCommand, ['list', ...args]) };
}

const AS_OF = /, as of \d\d:\d\d:\d\d UTC$/m;

test('the failed messages are grouped, and stay in the queue', async (t) => {
  const { list, look } = await setup(t, { a: {}, b: { code: 'runtime_timeout' }, c: {} });
  const { code, out, err } = await list();
  assert.deepEqual([code, err], [0, '']);
  assert.equal(
    out.replace(AS_OF, ''),
    [
      'count  first (UTC)  code             text',
      '       last         actor            example',
      '    2  11-29 15:00  runtime_error    on purpose',
      '       11-29 15:00  infer            c',
      '    1  11-29 15:00  runtime_timeout  on purpose',
      '       11-29 15:00  infer            b',
      '3 messages in "error-end"',
      'asya-sidecar errors show ID prints one of them',
      '',
    ].join('\n'),
  );
  assert.equal((await look('error-end')).length, 3);
});

test('filters select messages, and the report counts all of them', async (t) => {
  const { list } = await setup(t, { a: {}, b: { code: 'runtime_timeout' }, c: {} });
  const { out } = await list('--code', 'runtime_error');
  assert.match(out, /^2 of 3 messages in "error-end", as of/m);
  assert.doesNotMatch(out, /runtime_timeout/);
  const first = await list('--limit', '1');
  assert.match(first.out, /^the first 1 matching message in "error-end", as of/m);
  const none = await list('--id', 'x');
  assert.match(none.out, /^none of the 3 messages in "error-end", as of \S+ UTC matches$/m);
  assert.equal(none.code, 0);
});

test('--each prints one line for each message, in the order of the queue', async (t) => {
  const { list } = await setup(t, { b: {}, a: {} });
  const { out } = await list('--each');
  assert.match(out, /^11-29 15:00:00 {2}b .*\n11-29 15:00:00 {2}a /m);
});

test('--json prints groups, or whole messages with --each; the report goes to standard error', async (t) => {
  const { list } = await setup(t, { a: {}, b: {} });
  const groups = await list('--json');
  assert.match(groups.out, /^\{"actor":"infer",.*"count":2,.*\}\n$/);
  assert.match(groups.err, /^2 messages in "error-end"/);
  const each = await list('--json', '--each');
  const lines = each.out.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { id: string; payload: object }).id),
    ['a', 'b'],
  );
});

test('--parked reads the parked queue', async (t) => {
  const { list, put } = await setup(t, { a: {} });
  await put('error-end:parked', errorEnvelope(envelopeWith({ id: 'p' })));
  const { out } = await list('--parked');
  assert.match(out, /^1 message in "error-end:parked"/m);
  assert.match(out, / p$/m);
});

test('an empty queue is reported with its consumers, and with the place of parked messages', async (t) => {
  const { list, transport } = await setup(t);
  assert.equal((await list()).out, 'there is nothing in "error-end"\n');
  await transport.receive('error-end', () => {}, { prefetch: 1 });
  assert.equal(
    (await list()).out,
    'there is nothing in "error-end": 1 consumer of the queue may have received the messages; ' +
      'see --parked for those that its sidecar has parked\n',
  );
});

test('any message is listed, whatever its bytes are', async (t) => {
  const { list, put } = await setup(t);
  await put('error-end', Buffer.from('no JSON'));
  await put('error-end', Buffer.from([0xff]));
  await put('error-end', { id: 'bare', route: 7, payload: 1 });
  const { code, out } = await list();
  assert.equal(code, 0);
  assert.match(out, /^ +2 {2}- +- +not an envelope$/m);
  assert.match(out, /^ +1 {2}- +- +an envelope without an error$/m);
});

test('an invalid filter is a usage error', async (t) => {
  const { list } = await setup(t);
  await assert.rejects(list('--code', 'nope'), UsageError);
});
