import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { OpenTransport } from '../../src/cli/command/command.ts';
import { UsageError } from '../../src/cli/command/exit.ts';
import { peekCommand } from '../../src/cli/peek.ts';
import { decodeMessage } from '../../src/cli/queue/messageJson.ts';
import { openSqlite } from '../../src/transport/sqlite/sqlite.ts';
import { HOUR, MINUTE } from '../../src/units.ts';
import { envelopeWith, errorEnvelope } from '../kit/envelopes/failures.ts';
import { createInbox } from '../kit/envelopes/inbox.ts';
import { setupCommands } from '../kit/processes/commands.ts';

const AS_OF = /as of \d\d:\d\d:\d\d UTC/;

test('the messages of a queue are shown in order, and stay there', async (t) => {
  const { run, put, look } = await setupCommands(t);
  const now = Date.now();
  const headers = { 'asya-published-at': now - 2 * HOUR };
  await put('error-end', errorEnvelope(envelopeWith({ id: 'a' }), { attempt: 3 }), headers);
  const child = envelopeWith({ id: 'b', headers: { 'x-asya-journey-id': 'j' }, payload: [1] });
  await put('error-end', child, { 'asya-published-at': now - 90 * MINUTE, 'asya-attempt': 2 });
  await put('error-end', Buffer.from('no envelope'));
  const { code, out, err } = await run(peekCommand, ['error-end']);
  assert.deepEqual([code, err], [0, '']);
  const id = /sha256-\S+/.exec(out)?.[0] ?? '';
  const lines = out.split('\n').map((line) => line.replaceAll(/ {2,}/g, '  '));
  assert.deepEqual(lines.slice(0, 4), [
    'id  journey  from  age  attempt  code  payload',
    'a  -  infer  2h  3  runtime_error  {"n":1}',
    'b  j  prep  1h  2  -  [1]',
    `${id}  -  -  -  1  -  no envelope`,
  ]);
  assert.match(out, new RegExp(`^3 messages in "error-end", ${AS_OF.source}$`, 'm'));
  assert.equal((await look('error-end')).length, 3);
});

test('a table has one line for each message, or two on a narrow terminal', async (t) => {
  const { run, put } = await setupCommands(t);
  const id = '0b1c8e2a-8f6f-4b9e-9d07-0d1c2f3a4b5c';
  const envelope = envelopeWith({ id, payload: { text: 'x'.repeat(200) } });
  const fault = { actor: 'a-rather-long-actor', code: 'redelivered_too_often' } as const;
  await put('error-end', errorEnvelope(envelope, fault), { 'asya-published-at': Date.now() });
  const narrow = (await run(peekCommand, ['error-end'], { width: 80 })).out.split('\n');
  assert.deepEqual(
    narrow.filter((line) => line.length > 80),
    [],
  );
  assert.match(narrow[2] ?? '', new RegExp(`^${id}  -        a-rather-long-actor +0s`));
  assert.match(narrow[3] ?? '', /^ {2}redelivered_too_often {2}\{"text":"x+…$/);
  const wide = await run(peekCommand, ['error-end'], { width: 200 });
  assert.match(
    wide.out,
    new RegExp(`^${id} .* a-rather-long-actor .* redelivered_too_often `, 'm'),
  );
  assert.ok(wide.out.includes(`{"text":"${'x'.repeat(50)}…`), wide.out);
});

test('ids are cut only where they do not fit into one line', async (t) => {
  const { run, put } = await setupCommands(t);
  const journey = '0b1c8e2a-8f6f-4b9e-9d07-0d1c2f3a4b5c';
  const child = envelopeWith({ id: `${journey}.0.1`, headers: { 'x-asya-journey-id': journey } });
  await put('prep', child, { 'asya-published-at': Date.now() });
  const { out } = await run(peekCommand, ['prep', '--yes'], { width: 80 });
  const [, , row = ''] = out.split('\n');
  assert.match(row, /^0b1c8e2a-8f6f-4b…  0b1c8e2a-8f6f-4b…  prep/);
  assert.ok(row.length <= 80, row);
});

test('a payload cannot control the terminal', async (t) => {
  const { run, put } = await setupCommands(t);
  await put('error-end', Buffer.from('\u001b[2J\nforged line\u0007'));
  const table = await run(peekCommand, ['error-end']);
  assert.ok(table.out.includes(String.raw`\u001b[2J forged line\u0007`), table.out);
  const full = await run(peekCommand, ['error-end', '--full']);
  assert.doesNotMatch(full.out.replaceAll('\n', ''), /\p{Cc}/u);
});

test('--limit shows the first messages, 20 by default', async (t) => {
  const { run, put } = await setupCommands(t);
  for (let n = 1; n <= 25; n++) await put('error-end', envelopeWith({ id: `id-${n}` }));
  const some = await run(peekCommand, ['error-end', '--limit', '2']);
  assert.deepEqual(some.out.match(/^id-\d+/gm), ['id-1', 'id-2']);
  assert.match(some.out, /^the first 2 messages in "error-end"/m);
  const byDefault = await run(peekCommand, ['error-end']);
  assert.equal(byDefault.out.match(/^id-\d+/gm)?.length, 20);
});

test('--json prints whole messages, one on each line', async (t) => {
  const { run, put } = await setupCommands(t);
  const bodies = [envelopeWith(), Buffer.of(0xff, 0)];
  for (const body of bodies) await put('error-end', body, { region: 'eu' });
  const { out, err } = await run(peekCommand, ['error-end', '--json']);
  const messages = out
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  const decoded = messages.map(decodeMessage);
  assert.deepEqual(
    decoded.map(({ body }) => body),
    bodies,
  );
  assert.deepEqual(
    decoded.map(({ headers }) => headers),
    [{ region: 'eu' }, { region: 'eu' }],
  );
  assert.match(err, /^2 messages in "error-end"/);
});

test('--full prints properties, headers and the body', async (t) => {
  const { run, put } = await setupCommands(t);
  await put('error-end', envelopeWith({ id: 'a' }), { region: 'eu' });
  const { out } = await run(peekCommand, ['error-end', '--full']);
  assert.match(out, /^message 1 of "error-end"$/m);
  assert.match(out, /^headers\n {2}region: eu$/m);
  assert.match(out, /^ {4}"id": "a",$/m);
});

test('an empty queue is reported, and a queue that does not exist is an error', async (t) => {
  const { run } = await setupCommands(t);
  const { code, out } = await run(peekCommand, ['error-end']);
  assert.deepEqual([code, out], [0, 'there is nothing in "error-end"\n']);
  await assert.rejects(
    run(peekCommand, ['missing']),
    /^CommandError: queue "missing" does not exist$/,
  );
});

test('invalid arguments are refused', async (t) => {
  const { run } = await setupCommands(t);
  const cases: readonly [string[], RegExp][] = [
    [[], /at least one ACTOR is required/],
    [['a', 'b'], /only one ACTOR is allowed/],
    [['a b'], /"a b" is not a valid actor name/],
    [['error-end', '--limit', '0'], /--limit must be a positive integer, not "0"/],
    [['error-end', '--json', '--full'], /--json and --full exclude each other/],
    [['error-end', '--retry', '--parked'], /--retry and --parked exclude each other/],
    [['infer', '--parked'], /only error-end \("error-end"\) has a parked queue, not "infer"/],
  ];
  for (const [args, message] of cases) {
    await assert.rejects(run(peekCommand, args), (error: unknown) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  }
});

test('on SQLite, --retry shows the delayed messages, and a look changes nothing', async (t) => {
  const commands = await setupCommands(t);
  const folder = await mkdtemp(join(tmpdir(), 'asya-peek-'));
  const path = join(folder, 'queues.db');
  const topology = {
    actor: 'infer',
    happyEnd: 'happy-end',
    errorEnd: 'error-end',
    retryDelaysMs: [600_000],
  };
  const transport = await openSqlite({ path, topology, onState: () => {} });
  t.after(async () => {
    await transport.close();
    await rm(folder, { recursive: true });
  });
  for (const id of ['a', 'b', 'c']) {
    await transport.send('infer', { body: envelopeWith({ id }), headers: {} });
    const delayed = { body: envelopeWith({ id: `delayed-${id}` }), headers: {} };
    await transport.send('infer', delayed, { delayMs: 600_000 });
  }
  const openTransport: OpenTransport = ({ onState }) => openSqlite({ path, onState });
  const peek = (...args: string[]) => commands.run(peekCommand, args, { openTransport });
  const first = await peek('infer', '--limit', '2');
  assert.deepEqual(first.out.match(/^(?:delayed-)?[abc] /gm), ['a ', 'b ']);
  const retries = await peek('infer', '--retry');
  assert.deepEqual(retries.out.match(/^(?:delayed-)?[abc] /gm), [
    'delayed-a ',
    'delayed-b ',
    'delayed-c ',
  ]);
  assert.match(retries.out, /^3 messages of "infer" that wait for their next attempt, as of/m);
  const inbox = createInbox();
  await transport.receive('infer', inbox.onDelivery, { prefetch: 3 });
  const deliveries = await inbox.take(3);
  assert.deepEqual(
    deliveries.map(({ redelivered, unsettled }) => ({ redelivered, unsettled })),
    deliveries.map(() => ({ redelivered: false, unsettled: 0 })),
  );
});
