import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { CommandError, UsageError } from '../../src/cli/command/command.ts';
import { sendCommand } from '../../src/cli/send.ts';
import { setupCommands } from '../kit/processes/commands.ts';

function envelope(id: string, actors = ['prep', 'infer'], current = 0): object {
  return { id, route: { actors, current }, payload: { n: 1 } };
}

async function fileWith(t: TestContext, content: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'asya-send-'));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, 'envelopes.jsonl');
  await writeFile(path, content);
  return path;
}

test('envelopes go, byte for byte, to the actor at which their route stands, and their ids are printed', async (t) => {
  const { run, look } = await setupCommands(t);
  const first =
    '{ "id":"a", "route":{"actors":["prep"],"current":0}, "payload":1.0, "other": 1e400 }';
  const second = JSON.stringify(envelope('b', ['prep', 'infer'], 1));
  const ran = await run(sendCommand, [await fileWith(t, `${first}\n${second}\n`)]);
  assert.deepEqual(ran, { code: 0, out: 'a\nb\n', err: '' });
  const [atPrep] = await look('prep');
  assert.equal(atPrep?.body.toString(), first);
  assert.equal(typeof atPrep?.headers['asya-published-at'], 'number');
  const [atInfer] = await look('infer');
  assert.equal(atInfer?.body.toString(), second);
});

test('several files and standard input are sent in their order', async (t) => {
  const { run, look } = await setupCommands(t);
  const file = await fileWith(t, JSON.stringify(envelope('from-file')));
  const stdin = Readable.from([JSON.stringify(envelope('from-stdin'))]);
  const ran = await run(sendCommand, ['-', file], { stdin });
  assert.equal(ran.out, 'from-stdin\nfrom-file\n');
  assert.equal((await look('prep')).length, 2);
});

test('more than fit into one batch are sent in their order', async (t) => {
  const { run, look } = await setupCommands(t);
  const ids = Array.from({ length: 250 }, (_, index) => `env-${index}`);
  const file = await fileWith(t, ids.map((id) => JSON.stringify(envelope(id))).join('\n'));
  const ran = await run(sendCommand, [file]);
  assert.equal(ran.out, `${ids.join('\n')}\n`);
  const arrived = (await look('prep')).map(
    ({ body }) => (JSON.parse(body.toString()) as { id: string }).id,
  );
  assert.deepEqual(arrived, ids);
});

test('with --route an envelope is made round each payload, which stays byte for byte', async (t) => {
  const { run, look } = await setupCommands(t);
  const ran = await run(sendCommand, [
    '--route',
    'prep, infer',
    await fileWith(t, '{"big": 9007199254740993 }\nnull'),
  ]);
  assert.equal(ran.code, 0);
  const ids = ran.out.trim().split('\n');
  assert.equal(new Set(ids).size, 2);
  const [first, second] = (await look('prep')).map(({ body }) => body.toString());
  assert.equal(
    first,
    `{"id":"${ids[0]}","route":{"actors":["prep","infer"],"current":0},"payload":{"big": 9007199254740993 }}`,
  );
  assert.equal((JSON.parse(second ?? '') as { payload: unknown }).payload, null);
});

test('one document that is no envelope keeps all of them from being sent', async (t) => {
  const { run, look } = await setupCommands(t);
  const file = await fileWith(t, `${JSON.stringify(envelope('a'))}\n{"id":"b","payload":1}`);
  await assert.rejects(run(sendCommand, [file]), new CommandError(`${file}:2: route is required`));
  assert.deepEqual(await look('prep'), []);
});

test('a file that is empty, missing or too large is told by its name', async (t) => {
  const { run } = await setupCommands(t, { ASYA_MAX_MESSAGE_BYTES: '1MiB' });
  const empty = await fileWith(t, '\n');
  await assert.rejects(
    run(sendCommand, [empty]),
    new CommandError(`${empty}: there is nothing in it`),
  );
  await assert.rejects(
    run(sendCommand, ['/no/such']),
    /^CommandError: \/no\/such cannot be read: ENOENT/,
  );
  const large = await fileWith(
    t,
    JSON.stringify({ ...envelope('a'), payload: 'x'.repeat(2 ** 20) }),
  );
  await assert.rejects(
    run(sendCommand, [large]),
    /:1: the envelope has \d+ bytes, over ASYA_MAX_MESSAGE_BYTES/,
  );
});

test('what no queue takes is told, after what was sent before it', async (t) => {
  const { run, look } = await setupCommands(t);
  const file = await fileWith(
    t,
    [envelope('a'), envelope('b', ['nobody'])].map((it) => JSON.stringify(it)).join('\n'),
  );
  const ran = await run(sendCommand, [file]);
  assert.deepEqual(ran, {
    code: 1,
    out: 'a\n',
    err: 'b: no queue takes what is sent to "nobody"; nothing was stored\n1 of 2 were sent\n',
  });
  assert.equal((await look('prep')).length, 1);
});

test('what the broker does not confirm is told as unknown', async (t) => {
  const { run, broker } = await setupCommands(t);
  broker.control.failSends(1, 'unconfirmed');
  const ran = await run(sendCommand, [await fileWith(t, JSON.stringify(envelope('a')))]);
  assert.equal(ran.code, 1);
  assert.match(ran.err, /^a: the broker did not confirm it, so it may be stored or not: /);
});

test('an id cannot move the cursor of a terminal', async (t) => {
  const { run } = await setupCommands(t);
  const ran = await run(sendCommand, [await fileWith(t, JSON.stringify(envelope('a\u001b[2J\n')))]);
  assert.equal(ran.out, 'a\\u001b[2J\\n\n');
});

test('a command line that makes no sense is told', async (t) => {
  const { run } = await setupCommands(t);
  await assert.rejects(run(sendCommand, []), new UsageError('at least one FILE is needed'));
  await assert.rejects(
    run(sendCommand, ['--route', 'a,', 'f']),
    new UsageError('--route: "" is no actor\'s name'),
  );
});

test('the memory of another process cannot be reached', async (t) => {
  const { run } = await setupCommands(t, { ASYA_TRANSPORT: 'memory' });
  const stdin = Readable.from([JSON.stringify(envelope('a'))]);
  await assert.rejects(
    run(sendCommand, ['-'], { stdin }),
    new CommandError('ASYA_TRANSPORT is memory: its queues live within one sidecar'),
  );
});
