import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandError, UsageError } from '../../src/cli/command/exit.ts';
import { replayCommand } from '../../src/cli/replay.ts';
import type { Message } from '../../src/transport/message.ts';
import { openMemory } from '../../src/transport/memory/memory.ts';
import type { OpenTransportOptions as TransportOptions } from '../../src/transport/open.ts';
import { createCommandContext } from '../kit/processes/commandContext.ts';
import { setupCommands, type Commands } from '../kit/processes/commands.ts';
import { until } from '../kit/processes/until.ts';

interface Failed {
  readonly id: string;
  readonly code?: string;
  readonly actors?: readonly string[];
  readonly current?: number;
  readonly original?: object;
}

/** An error envelope in the form of `errorEnvelope.ts`. */
function failed({
  id,
  code = 'runtime_error',
  actors = ['prep'],
  current = 0,
  original,
}: Failed): object {
  return {
    id,
    route: { actors, current },
    headers: { 'x-asya-hops': 1 },
    payload: {
      error: `${code}: on purpose`,
      details: { code, message: 'on purpose', actor: 'prep', attempt: 5 },
      ...(original ?? { original_payload: { of: id } }),
    },
  };
}

/** The payload of an error envelope of an earlier version, which kept the start of the original. */
const TRUNCATED = {
  original_truncated: true,
  original_size_bytes: 9,
  original_sha256: 'x',
  original_head: 'y',
};

function idsOf(messages: readonly Message[]): string[] {
  return messages.map(({ body }) => (JSON.parse(body.toString()) as { id: string }).id);
}

interface Restored {
  readonly payload: { readonly n: number };
}

async function putAll(
  commands: Commands,
  queue: string,
  messages: readonly object[],
): Promise<void> {
  for (const message of messages) await commands.put(queue, message, { 'asya-attempt': 3 });
}

test('an original returns to its actor at attempt 1, marked as replayed', async (t) => {
  const commands = await setupCommands(t);
  await putAll(commands, 'error-end', [failed({ id: 'a' })]);
  const ran = await commands.run(replayCommand, ['--all']);
  assert.deepEqual(ran, {
    code: 0,
    out: 'envelope  code           to    result\na         runtime_error  prep  replayed\n',
    err: '',
  });
  const [message] = await commands.look('prep');
  assert.deepEqual(JSON.parse(String(message?.body)), {
    id: 'a',
    route: { actors: ['prep'], current: 0 },
    headers: { 'x-asya-hops': 2 },
    payload: { of: 'a' },
  });
  const { 'asya-published-at': publishedAt, ...headers } = message?.headers ?? {};
  assert.equal(typeof publishedAt, 'number');
  assert.deepEqual(headers, { 'asya-replayed': true });
  assert.deepEqual(await commands.look('error-end'), []);
});

test('--code replays only messages with that code, and leaves the others in the queue', async (t) => {
  const commands = await setupCommands(t);
  await putAll(commands, 'error-end', [
    failed({ id: 'a' }),
    failed({ id: 'b', code: 'runtime_timeout' }),
    failed({ id: 'c' }),
    failed({ id: 'd', code: 'runtime_timeout' }),
  ]);
  const ran = await commands.run(replayCommand, ['--code', 'runtime_timeout']);
  assert.equal(ran.code, 0);
  assert.match(ran.out, /^2 messages do not match$/m);
  assert.deepEqual(idsOf(await commands.look('prep')), ['b', 'd']);
  assert.deepEqual(idsOf(await commands.look('error-end')), ['a', 'c']);
});

test('--limit replays at most that many messages', async (t) => {
  const commands = await setupCommands(t);
  await putAll(
    commands,
    'error-end',
    ['a', 'b', 'c'].map((id) => failed({ id })),
  );
  await commands.run(replayCommand, ['--all', '--limit', '2']);
  assert.deepEqual(idsOf(await commands.look('prep')), ['a', 'b']);
  assert.deepEqual(idsOf(await commands.look('error-end')), ['c']);
});

test('a dry run lists the messages and changes nothing', async (t) => {
  const commands = await setupCommands(t);
  await putAll(
    commands,
    'error-end',
    ['a', 'b', 'c'].map((id) => failed({ id })),
  );
  const ran = await commands.run(replayCommand, ['--dry-run', '--limit', '2']);
  assert.equal(ran.out.match(/would be replayed/g)?.length, 2);
  assert.deepEqual(await commands.look('prep'), []);
  assert.deepEqual(idsOf(await commands.look('error-end')), ['a', 'b', 'c']);
});

test('an unroutable original goes to the next actor, or to happy-end', async (t) => {
  const commands = await setupCommands(t);
  await putAll(commands, 'error-end', [
    failed({ id: 'a', code: 'unroutable', actors: ['prep', 'infer'], current: 1 }),
    failed({ id: 'b', code: 'unroutable', actors: ['prep', 'infer'], current: 2 }),
  ]);
  assert.equal((await commands.run(replayCommand, ['--all'])).code, 0);
  assert.deepEqual(idsOf(await commands.look('infer')), ['a']);
  assert.deepEqual(idsOf(await commands.look('happy-end')), ['b']);
  assert.deepEqual(await commands.look('prep'), []);
});

test('bytes that are not an envelope return unchanged', async (t) => {
  const commands = await setupCommands(t);
  const original = {
    original_encoding: 'base64',
    original_body: Buffer.from([0xff, 0]).toString('base64'),
  };
  await putAll(commands, 'error-end', [failed({ id: 'sha256-x', code: 'parse_error', original })]);
  await commands.run(replayCommand, ['--all']);
  const [message] = await commands.look('prep');
  assert.deepEqual(message?.body, Buffer.from([0xff, 0]));
});

test('messages that cannot be restored stay in the queue and make the command fail', async (t) => {
  const commands = await setupCommands(t);
  await putAll(commands, 'error-end', [
    failed({ id: 'cut', original: TRUNCATED }),
    failed({ id: 'intact' }),
  ]);
  await commands.put('error-end', Buffer.from('garbage'));
  const ran = await commands.run(replayCommand, ['--all']);
  assert.equal(ran.code, 1);
  assert.match(
    ran.out,
    /^cut +runtime_error +- +left: the error envelope does not contain the original$/m,
  );
  assert.match(ran.out, /^sha256-[0-9a-f]{64} +- +- +left: not an envelope$/m);
  assert.match(ran.out, /^intact .* replayed$/m);
  assert.equal((await commands.look('error-end')).length, 2);
});

test('an unroutable original stays in the queue, and the others are replayed', async (t) => {
  const commands = await setupCommands(t);
  await putAll(commands, 'error-end', [failed({ id: 'a', actors: ['gone'] }), failed({ id: 'b' })]);
  const ran = await commands.run(replayCommand, ['--all']);
  assert.equal(ran.code, 1);
  assert.match(ran.out, /^a .* left: not stored: no queue for actor "gone"$/m);
  assert.deepEqual(idsOf(await commands.look('prep')), ['b']);
  assert.deepEqual(idsOf(await commands.look('error-end')), ['a']);
});

test('an unconfirmed publish ends the run, and no message is lost', async (t) => {
  const commands = await setupCommands(t);
  await putAll(commands, 'error-end', [failed({ id: 'a' }), failed({ id: 'b' })]);
  commands.broker.control.failSends(1, 'unconfirmed');
  const ran = await commands.run(replayCommand, ['--all', '--rate', '20/s']);
  assert.equal(ran.code, 1);
  assert.match(ran.out, /^a .* left: unknown whether stored: no confirm from the broker/m);
  assert.deepEqual(idsOf(await commands.look('error-end')), ['a', 'b']);
  assert.deepEqual(await commands.look('prep'), []);
});

test('all messages with the same id are replayed, identical ones included', async (t) => {
  const commands = await setupCommands(t);
  const original = (n: number): object => ({ original_payload: { n } });
  await putAll(commands, 'error-end', [
    failed({ id: 'a', original: original(1) }),
    failed({ id: 'a', original: original(2) }),
    failed({ id: 'a', original: original(2) }),
  ]);
  assert.equal(
    (await commands.run(replayCommand, ['--dry-run'])).out.match(/would be replayed/g)?.length,
    3,
  );
  const ran = await commands.run(replayCommand, ['--all']);
  assert.equal(ran.code, 0);
  assert.deepEqual(
    (await commands.look('prep')).map(
      ({ body }) => (JSON.parse(body.toString()) as Restored).payload.n,
    ),
    [1, 2, 2],
  );
  assert.deepEqual(await commands.look('error-end'), []);
});

test('a message from a host whose clock is ahead is replayed', async (t) => {
  const commands = await setupCommands(t);
  await commands.put('error-end', failed({ id: 'a' }), {
    'asya-published-at': Date.now() + 120_000,
  });
  const ran = await commands.run(replayCommand, ['--all']);
  assert.equal(ran.code, 0);
  assert.deepEqual(idsOf(await commands.look('prep')), ['a']);
});

test('messages that fail again during a run are left for the next run', async (t) => {
  const commands = await setupCommands(t);
  await putAll(commands, 'error-end', [failed({ id: 'a' }), failed({ id: 'b' })]);
  const failing = await commands.transport.receive(
    'prep',
    (delivery) =>
      void commands
        .put('error-end', failed({ id: 'again' }))
        .then(() => commands.transport.ack(delivery)),
    { prefetch: 1 },
  );
  const ran = await commands.run(replayCommand, ['--all']);
  assert.equal(ran.out.match(/replayed$/gm)?.length, 2);
  await until(
    async () => (await commands.transport.depth('error-end')) === 2,
    'two messages in error-end',
  );
  await failing.cancel();
});

test('an original with the error in its headers returns unchanged except for its hops', async (t) => {
  const commands = await setupCommands(t);
  const envelope = {
    id: 'big',
    route: { actors: ['prep'], current: 0 },
    headers: { 'x-asya-hops': 3 },
    payload: 1,
  };
  const properties = { contentType: 'application/json', priority: 9 };
  await commands.transport.send('error-end', {
    body: Buffer.from(JSON.stringify(envelope)),
    headers: {
      'asya-error-code': 'runtime_error',
      'asya-error-actor': 'prep',
      'asya-error-message': 'm',
      own: 'kept',
    },
    properties,
  });
  const skipped = await commands.run(replayCommand, ['--code', 'runtime_timeout']);
  assert.equal(skipped.err, 'no message matches; looked through 1 message of "error-end"\n');
  const ran = await commands.run(replayCommand, ['--code', 'runtime_error']);
  assert.match(ran.out, /^big +runtime_error +prep +replayed$/m);
  const [message] = await commands.look('prep');
  const headers = { 'x-asya-hops': 4 };
  assert.deepEqual(JSON.parse(String(message?.body)), { ...envelope, headers });
  assert.deepEqual(message?.properties, properties);
  const { 'asya-published-at': _, ...own } = message?.headers ?? {};
  assert.deepEqual(own, { own: 'kept', 'asya-replayed': true });
});

test('a message that is not an envelope returns with its own properties and headers', async (t) => {
  const commands = await setupCommands(t);
  const body = Buffer.from([0x80, 0x04, 0x95]);
  const original = {
    original_encoding: 'base64',
    original_body: body.toString('base64'),
    original_properties: {
      content_type: 'application/x-python-serialize',
      content_encoding: 'binary',
      correlation_id: 'c-1',
      reply_to: 'results',
      type: 'task',
      priority: 5,
      app_id: 'celery',
      headers: {
        task: 'tasks.add',
        argsrepr: '(1, 2)',
        shadow: null,
        raw: { '!': 'bytes', value: '/wA=' },
      },
    },
  };
  await putAll(commands, 'error-end', [failed({ id: 'sha256-x', code: 'parse_error', original })]);
  assert.equal((await commands.run(replayCommand, ['--all'])).code, 0);
  const [message] = await commands.look('prep');
  assert.deepEqual(message?.body, body);
  assert.deepEqual(message?.properties, {
    contentType: 'application/x-python-serialize',
    contentEncoding: 'binary',
    correlationId: 'c-1',
    replyTo: 'results',
    type: 'task',
    priority: 5,
    appId: 'celery',
    structuredHeaders: { shadow: null, raw: Buffer.from([0xff, 0]) },
  });
  const { 'asya-published-at': _, ...own } = message?.headers ?? {};
  assert.deepEqual(own, { task: 'tasks.add', argsrepr: '(1, 2)', 'asya-replayed': true });
});

test('--parked replays the messages of the parked queue to the actor at which they first failed', async (t) => {
  const commands = await setupCommands(t);
  await putAll(commands, 'error-end', [failed({ id: 'not-this' })]);
  const parked = {
    ...failed({ id: 'a' }),
    headers: { 'x-asya-parked': { code: 'runtime_crashed' } },
  };
  await putAll(commands, 'error-end:parked', [parked]);
  assert.equal((await commands.run(replayCommand, ['--parked', '--all'])).code, 0);
  assert.deepEqual(idsOf(await commands.look('prep')), ['a']);
  assert.deepEqual(idsOf(await commands.look('error-end')), ['not-this']);
  assert.deepEqual(await commands.look('error-end:parked'), []);
});

test('an envelope whose route points to error-end is not sent there again', async (t) => {
  const commands = await setupCommands(t);
  await putAll(commands, 'error-end', [
    { id: 'a', route: { actors: ['error-end'], current: 0 }, payload: 1 },
  ]);
  const ran = await commands.run(replayCommand, ['--all']);
  assert.equal(ran.code, 1);
  assert.match(ran.out, /left: its route points to this end/);
  assert.equal((await commands.look('error-end')).length, 1);
});

test('an empty queue is reported', async (t) => {
  const commands = await setupCommands(t);
  assert.deepEqual(await commands.run(replayCommand, ['--all']), {
    code: 0,
    out: 'there is nothing in "error-end"\n',
    err: '',
  });
});

test('the report of an empty queue names its consumers', async (t) => {
  const commands = await setupCommands(t);
  await commands.transport.receive('error-end', () => {}, { prefetch: 1 });
  const { code, out } = await commands.run(replayCommand, ['--all']);
  assert.deepEqual(
    [code, out],
    [
      0,
      'there is nothing in "error-end": 1 consumer of the queue may have received the messages; ' +
        'see --parked for those that its sidecar has parked\n',
    ],
  );
});

test('an id that no message has is a failure; the others are replayed', async (t) => {
  const commands = await setupCommands(t);
  await putAll(commands, 'error-end', [failed({ id: 'a' }), failed({ id: 'b' })]);
  const err = 'no message of "error-end" with the id "nosuch" matches\n';
  for (const more of [[], ['--canary'], ['--json'], ['--dry-run']]) {
    const ran = await commands.run(replayCommand, ['--id', 'nosuch', ...more]);
    assert.deepEqual(ran, { code: 1, out: '', err });
  }
  const both = await commands.run(replayCommand, ['--id', 'nosuch', '--id', 'b']);
  assert.deepEqual([both.code, both.err], [1, err]);
  assert.match(both.out, /^b .* replayed\n1 message does not match$/m);
});

test('another filter may match no message, which one line on standard error says', async (t) => {
  const commands = await setupCommands(t);
  await putAll(commands, 'error-end', [failed({ id: 'a' }), failed({ id: 'b' })]);
  const err = 'no message matches; looked through 2 messages of "error-end"\n';
  for (const more of [[], ['--canary'], ['--json']]) {
    const ran = await commands.run(replayCommand, ['--actor', 'perp', ...more]);
    assert.deepEqual(ran, { code: 0, out: '', err });
  }
});

test('a missing queue or a silent broker ends the command', async (t) => {
  const commands = await setupCommands(t, { ASYA_CONFIRM_TIMEOUT: '20ms' });
  const silentTransport = { ...commands.transport, receive: () => new Promise<never>(() => {}) };
  const missing = commands.run(replayCommand, ['--all'], {
    openTransport: async ({ onState }) => {
      onState({ connected: true, blocked: false, missing: ['queue asya-error-end'] });
      return silentTransport;
    },
  });
  await assert.rejects(
    missing,
    new CommandError('cannot consume "error-end": queue asya-error-end'),
  );
  const silent = commands.run(replayCommand, ['--all'], {
    openTransport: async () => silentTransport,
  });
  await assert.rejects(
    silent,
    new CommandError('cannot consume "error-end": no answer from the broker'),
  );
});

test('an edited original is published, and one that an edit does not fit stays in the queue', async (t) => {
  const commands = await setupCommands(t);
  await putAll(commands, 'error-end', [
    failed({ id: 'a', actors: ['prep', 'infer'], original: { original_payload: { n: {} } } }),
    failed({ id: 'b', actors: ['prep', 'infer'] }),
  ]);
  await commands.put('error-end', failed({ id: 'c', actors: ['prep'] }));
  const edits = ['--all', '--set', '/payload/n/m=1e400', '--to', 'infer'];
  const ran = await commands.run(replayCommand, edits);
  assert.equal(ran.code, 1);
  assert.match(ran.out, /^a .* infer +replayed$/m);
  assert.match(ran.out, /^b .* left: "\/payload\/n" does not exist$/m);
  assert.match(ran.out, /^c .* left: "\/payload\/n" does not exist$/m);
  const [message] = await commands.look('infer');
  assert.equal(
    String(message?.body),
    '{"id":"a","route":{"actors":["prep","infer"],"current":1},"headers":{"x-asya-hops":2},"payload":{"n":{"m":1e400}}}',
  );
  assert.deepEqual(idsOf(await commands.look('error-end')), ['b', 'c']);
});

test('an invalid option value is a usage error', async (t) => {
  const { run } = await setupCommands(t);
  await assert.rejects(run(replayCommand, ['--code', 'nope']), UsageError);
  await assert.rejects(
    run(replayCommand, ['--all', '--limit', '0']),
    new UsageError('--limit must be a positive integer, not "0"'),
  );
  await assert.rejects(run(replayCommand, ['--all', '--set', '/route=1']), UsageError);
});

test('the results of a run are printed even if its queue can no longer be read', async (t) => {
  const commands = await setupCommands(t);
  await putAll(commands, 'error-end', [failed({ id: 'a' }), failed({ id: 'b' })]);
  const { context, printed } = createCommandContext();
  let fail: TransportOptions['onState'] = () => {};
  const running = commands.run(replayCommand, ['--all', '--rate', '20/m'], {
    terminal: context.terminal,
    openTransport: async ({ config, onState }) => {
      fail = onState;
      return openMemory({
        broker: commands.broker,
        topology: { ...config, actor: 'prep', retryDelaysMs: [] },
        onState,
      });
    },
  });
  await until(async () => (await commands.transport.depth('prep')) === 1, 'the first message');
  fail({ connected: true, blocked: false, missing: ['queue asya-error-end'] });
  await assert.rejects(running, CommandError);
  assert.match(printed().out, /^a +runtime_error +prep +replayed$/m);
});

test('a signal ends the wait for a confirm, and the message stays in the queue', async (t) => {
  const commands = await setupCommands(t);
  await putAll(commands, 'error-end', [failed({ id: 'a' }), failed({ id: 'b' })]);
  commands.broker.control.block();
  const stop = new AbortController();
  const running = commands.run(replayCommand, ['--all'], { stopped: stop.signal });
  await until(async () => (await commands.transport.depth('error-end')) === 0, 'the replay');
  stop.abort();
  const { code, out } = await running;
  assert.equal(code, 1);
  assert.match(
    out,
    /^a +runtime_error +prep +left: stopped by a signal before the broker confirmed it$/m,
  );
  commands.broker.control.unblock();
  assert.deepEqual(idsOf(await commands.look('error-end')), ['a', 'b']);
});
