import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { CommandError, UsageError } from '../../src/cli/command/exit.ts';
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

function fileOf(t: TestContext, envelopes: readonly object[]): Promise<string> {
  return fileWith(t, envelopes.map((it) => JSON.stringify(it)).join('\n'));
}

test('an envelope is sent unchanged to the current actor of its route, and its id is printed', async (t) => {
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

test('files and standard input are sent in the order of the arguments', async (t) => {
  const { run, look } = await setupCommands(t);
  const file = await fileWith(t, JSON.stringify(envelope('from-file')));
  const stdin = Readable.from([Buffer.from(JSON.stringify(envelope('from-stdin')))]);
  const ran = await run(sendCommand, ['-', file], { stdin });
  assert.equal(ran.out, 'from-stdin\nfrom-file\n');
  assert.equal((await look('prep')).length, 2);
});

test('envelopes of several batches are sent in order', async (t) => {
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

test('of envelopes that are not sent for the same reason, five are printed and the others counted', async (t) => {
  const { run } = await setupCommands(t);
  const envelopes = Array.from({ length: 100 }, (_, index) => envelope(`env-${index}`, ['gone']));
  const file = await fileWith(t, envelopes.map((one) => JSON.stringify(one)).join('\n'));
  const { code, err } = await run(sendCommand, [file]);
  assert.equal(code, 1);
  const reason = 'not stored: no queue for actor "gone"';
  assert.deepEqual(err.split('\n').slice(4), [
    `env-4: ${reason}`,
    `and 95 more, the first env-5: ${reason}`,
    '0 of 100 envelopes were sent',
    '',
  ]);
});

test('--route wraps each payload unchanged in an envelope', async (t) => {
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

test('nothing is sent when one document is not an envelope', async (t) => {
  const { run, look } = await setupCommands(t);
  const file = await fileWith(t, `${JSON.stringify(envelope('a'))}\n{"id":"b","payload":1}`);
  await assert.rejects(run(sendCommand, [file]), new CommandError(`${file}:2: route is required`));
  assert.deepEqual(await look('prep'), []);
});

test('the error for an empty, missing or too large file names the file', async (t) => {
  const { run } = await setupCommands(t, { ASYA_MAX_MESSAGE_BYTES: '1MiB' });
  const empty = await fileWith(t, '\n');
  await assert.rejects(run(sendCommand, [empty]), new CommandError(`${empty}: no JSON document`));
  await assert.rejects(
    run(sendCommand, ['/no/such']),
    /^CommandError: cannot read \/no\/such: ENOENT/,
  );
  const large = await fileWith(
    t,
    JSON.stringify({ ...envelope('a'), payload: 'x'.repeat(2 ** 20) }),
  );
  await assert.rejects(
    run(sendCommand, [large]),
    /:1: envelope of \d+ bytes is too large; the limit is ASYA_MAX_MESSAGE_BYTES \(1048576\)$/,
  );
});

test('an envelope without a queue, or one that is refused, does not stop the others', async (t) => {
  const { run, look, broker } = await setupCommands(t);
  const lost = Array.from({ length: 150 }, (_, n) => envelope(`lost-${n}`, ['missing']));
  const all = [envelope('a'), envelope('b'), ...lost, envelope('c')];
  broker.control.failSends(1, 'refused');
  const ran = await run(sendCommand, [await fileOf(t, all)]);
  const unroutable = 'not stored: no queue for actor "missing"';
  assert.deepEqual(ran, {
    code: 1,
    out: 'b\nc\n',
    err: [
      'a: not stored: refused by the broker: simulated failure: refused\n',
      ...[0, 1, 2, 3, 4].map((n) => `lost-${n}: ${unroutable}\n`),
      `and 145 more, the first lost-5: ${unroutable}\n2 of 153 envelopes were sent\n`,
    ].join(''),
  });
  assert.equal((await look('prep')).length, 2);
});

test('a missing confirm ends the sending, and the envelopes that were not sent are listed', async (t) => {
  const { run, look, broker } = await setupCommands(t);
  broker.control.failSends(1, 'unconfirmed');
  const all = Array.from({ length: 125 }, (_, n) => envelope(`env-${n}`));
  const { code, out, err } = await run(sendCommand, [await fileOf(t, all)]);
  assert.equal(code, 1);
  assert.equal(out.split('\n').length, 100);
  const [first, second, ...others] = err.split('\n');
  assert.match(first ?? '', /^env-0: unknown whether stored: no confirm from the broker: /);
  assert.equal(second, 'env-100: not sent');
  assert.deepEqual(others.slice(3), [
    'env-104: not sent',
    'and 20 more, the first env-105: not sent',
    '99 of 125 envelopes were sent',
    '',
  ]);
  assert.equal((await look('prep')).length, 99);
});

test('control characters of an id are escaped on the terminal', async (t) => {
  const { run } = await setupCommands(t);
  const ran = await run(sendCommand, [await fileWith(t, JSON.stringify(envelope('a\u001b[2J\n')))]);
  assert.equal(ran.out, 'a\\u001b[2J\\n\n');
});

test('an invalid command line is a usage error', async (t) => {
  const { run } = await setupCommands(t);
  await assert.rejects(run(sendCommand, []), new UsageError('at least one FILE is required'));
  await assert.rejects(
    run(sendCommand, ['--route', 'a,', 'f']),
    new UsageError('--route: "" is not a valid actor name'),
  );
});

test('the memory transport is an error, because no other process can reach it', async (t) => {
  const { run } = await setupCommands(t, { ASYA_TRANSPORT: 'memory' });
  const stdin = Readable.from([Buffer.from(JSON.stringify(envelope('a')))]);
  await assert.rejects(
    run(sendCommand, ['-'], { stdin }),
    new CommandError('ASYA_TRANSPORT: the queues of "memory" exist in one sidecar only'),
  );
});
