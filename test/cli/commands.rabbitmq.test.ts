import { connect, type ConfirmChannel, type MessageProperties } from 'amqplib';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { until } from '../kit/processes/until.ts';
import { startScriptedRuntime, type ScriptedRuntime } from '../kit/runtimes/scriptedRuntime.ts';
import { sharedBroker } from '../kit/brokers/sharedBroker.ts';
import {
  runBin,
  startSidecarProcess,
  type SidecarProcess,
  type Variables,
} from '../kit/processes/sidecarProcess.ts';

interface Setup {
  readonly actor: string;
  readonly errorEnd: string;
  readonly variables: Variables;
  readonly runtime: ScriptedRuntime;
  readonly start: (more?: Variables) => Promise<SidecarProcess>;
}

interface Sent {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly payload: unknown;
}

/** Sets up an actor with unique names, whose runtime rejects every payload. */
async function setup(t: TestContext): Promise<Setup> {
  const run = randomUUID().slice(0, 8);
  const directory = await mkdtemp(join(tmpdir(), 'asya-commands-'));
  const failure = JSON.stringify({ error: 'ValueError', message: 'on purpose' });
  const runtime = await startScriptedRuntime(join(directory, 'asya-runtime.sock'), () => failure);
  const closers = [() => runtime.stop(), () => rm(directory, { recursive: true })];
  t.after(async () => {
    for (const close of closers) await close();
  });
  const actor = `actor-${run}`;
  const errorEnd = `error-${run}`;
  const variables = {
    ASYA_RABBITMQ_URL: sharedBroker().url,
    ASYA_ACTOR_HAPPY_END: `happy-${run}`,
    ASYA_ACTOR_ERROR_END: errorEnd,
  };
  const start = async (more: Variables = {}): Promise<SidecarProcess> => {
    const sidecar = await startSidecarProcess({
      ...variables,
      ...more,
      ASYA_ACTOR_NAME: actor,
      ASYA_SOCKET_DIR: directory,
    });
    closers.unshift(sidecar.close);
    await sidecar.ready();
    return sidecar;
  };
  return { actor, errorEnd, variables, runtime, start };
}

/** Removes the first message of a queue. */
async function removeFirst(queue: string): Promise<void> {
  const connection = await connect(sharedBroker().url);
  try {
    const channel = await connection.createChannel();
    assert.notEqual(await channel.get(queue, { noAck: true }), false);
  } finally {
    await connection.close();
  }
}

/** Stops a sidecar. Its acks have reached the broker when this resolves. */
async function stop(sidecar: SidecarProcess): Promise<void> {
  sidecar.kill('SIGTERM');
  assert.equal(await sidecar.ended(), 0);
}

async function openChannel(t: TestContext): Promise<ConfirmChannel> {
  const connection = await connect(sharedBroker().url);
  t.after(() => connection.close());
  return connection.createConfirmChannel();
}

/** Waits for `count` messages in a queue and reads them. They stay there if `keeps` is set. */
async function drained(
  queue: string,
  count: number,
  { keeps = false } = {},
): Promise<{
  readonly bodies: readonly Buffer[];
  readonly properties: readonly MessageProperties[];
}> {
  const connection = await connect(sharedBroker().url);
  try {
    const channel = await connection.createChannel();
    await until(
      async () => (await channel.checkQueue(queue)).messageCount === count,
      `${count} in ${queue}`,
    );
    const messages = [];
    for (let n = 0; n < count; n++) {
      const message = await channel.get(queue, { noAck: !keeps });
      if (message !== false) messages.push(message);
    }
    return {
      bodies: messages.map(({ content }) => content),
      properties: messages.map(({ properties }) => properties),
    };
  } finally {
    await connection.close();
  }
}

function envelopes(actor: string, ids: readonly string[]): string {
  const route = { actors: [actor], current: 0 };
  return ids.map((id) => JSON.stringify({ id, route, payload: { id } })).join('\n');
}

test('failed messages are replayed in order, over several runs', async (t) => {
  const { actor, variables, runtime, start } = await setup(t);
  const sidecar = await start();
  const sent = await runBin(['send', '-'], variables, envelopes(actor, ['a', 'b', 'c']));
  assert.deepEqual(sent, { code: 0, out: 'a\nb\nc\n', err: '' });
  for (const id of ['a', 'b', 'c'])
    assert.equal((await sidecar.logged('hop: error_end'))['envelope_id'], id);

  runtime.script = (payload) => payload;
  const dry = await runBin(['replay', '--dry-run'], variables);
  assert.equal(dry.out.match(/would be replayed/g)?.length, 3);
  const first = await runBin(['replay', '--all', '--limit', '1'], variables);
  assert.match(first.out, /^a .* replayed$/m);
  assert.equal((await sidecar.logged('hop: forward'))['envelope_id'], 'a');
  const rest = await runBin(['replay', '--code', 'runtime_error'], variables);
  assert.equal(rest.code, 0, rest.err);
  for (const id of ['b', 'c'])
    assert.equal((await sidecar.logged('hop: forward'))['envelope_id'], id);
  assert.deepEqual(runtime.calls.slice(3), ['{"id":"a"}', '{"id":"b"}', '{"id":"c"}']);
});

test('the canary of a replay travels through a sidecar, and decides about the other messages', async (t) => {
  const { actor, variables, runtime, start } = await setup(t);
  const sidecar = await start();
  await runBin(['send', '-'], variables, envelopes(actor, ['a', 'b', 'c']));
  for (const _ of ['a', 'b', 'c']) await sidecar.logged('hop: error_end');

  const canary = ['errors', 'replay', '--all', '--canary'];
  const failed = await runBin(canary, variables);
  assert.equal(failed.code, 1);
  assert.match(failed.err, /^canary "a" failed: runtime_error at "actor-.*": .*on purpose/m);
  assert.equal(runtime.calls.length, 4);
  await sidecar.logged('hop: error_end');

  runtime.script = (payload) => payload;
  const passed = await runBin(canary, variables);
  assert.equal(passed.code, 0, passed.err);
  assert.match(passed.err, /^canary "b" reached happy-end$/m);
  for (const id of ['b', 'c', 'a'])
    assert.equal((await sidecar.logged('hop: forward'))['envelope_id'], id);
});

test('a run ends even if each replayed message fails again', async (t) => {
  const { actor, errorEnd, variables, start } = await setup(t);
  const sidecar = await start();
  await runBin(['send', '-'], variables, envelopes(actor, ['a', 'b', 'c']));
  for (const _ of ['a', 'b', 'c']) await sidecar.logged('hop: error_end');
  const { code, out } = await runBin(['replay', '--all'], variables);
  assert.equal(code, 0);
  assert.equal(out.match(/replayed$/gm)?.length, 3);
  for (const _ of ['a', 'b', 'c']) await sidecar.logged('hop: error_end');
  const { bodies } = await drained(`asya-${errorEnd}`, 3);
  assert.deepEqual(
    bodies.map((body) => (JSON.parse(body.toString()) as Sent).headers['x-asya-hops']),
    [3, 3, 3],
  );
});

test('all error envelopes with the same message id are replayed', async (t) => {
  const { actor, errorEnd, variables, start } = await setup(t);
  await stop(await start());
  const channel = await openChannel(t);
  const details = { code: 'runtime_error', message: 'm', actor, attempt: 1 };
  for (const n of [1, 2, 2]) {
    const payload = { error: 'runtime_error: m', details, original_payload: n };
    const envelope = {
      id: 'entity-7',
      route: { actors: [actor], current: 0 },
      headers: {},
      payload,
    };
    channel.sendToQueue(`asya-${errorEnd}`, Buffer.from(JSON.stringify(envelope)), {
      messageId: 'entity-7',
    });
  }
  await channel.waitForConfirms();
  await runBin(['replay', '--dry-run'], variables);
  const { code, out } = await runBin(['replay', '--all'], variables);
  assert.deepEqual([code, out.match(/replayed$/gm)?.length], [0, 3]);
  const { bodies } = await drained(`asya-${actor}`, 3);
  assert.deepEqual(
    bodies.map((body) => (JSON.parse(body.toString()) as Sent).payload),
    [1, 2, 2],
  );
});

test('a message of another program is replayed with its properties and headers', async (t) => {
  const { actor, errorEnd, variables, start } = await setup(t);
  const sidecar = await start();
  const channel = await openChannel(t);
  const pickle = Buffer.from([0x80, 0x04, 0x95, 0xff]);
  const properties = {
    contentType: 'application/x-python-serialize',
    contentEncoding: 'binary',
    correlationId: 'c-1',
    replyTo: 'results',
    type: 'task',
    priority: 5,
    appId: 'celery',
  };
  const headers = {
    task: 'tasks.add',
    retries: 0,
    shadow: null,
    timelimit: [null, null],
    stamps: { group: { '!': 'timestamp', value: 1_795_000_000 } },
    raw: Buffer.from([0xff, 0]),
  };
  channel.sendToQueue(`asya-${actor}`, pickle, { ...properties, headers });
  await sidecar.logged('hop: error_end');
  await stop(sidecar);
  const failed = await drained(`asya-${errorEnd}`, 1, { keeps: true });
  assert.equal(failed.properties[0]?.contentType, 'application/json');
  const { code, out } = await runBin(['replay', '--all'], variables);
  assert.equal(code, 0);
  assert.match(out, new RegExp(`^sha256-\\S+ +parse_error +${actor} +replayed$`, 'm'));
  const { bodies, properties: got } = await drained(`asya-${actor}`, 1);
  assert.deepEqual(bodies, [pickle]);
  const { headers: back = {}, ...standard } = got[0] ?? {};
  for (const [name, value] of Object.entries(properties)) {
    assert.equal((standard as Record<string, unknown>)[name], value, name);
  }
  const own = Object.fromEntries(Object.entries(back).filter(([name]) => name in headers));
  assert.deepEqual(own, headers);
});

test('a retry keeps the properties and adds none', async (t) => {
  const { actor, variables: _, runtime, start } = await setup(t);
  runtime.script = () => JSON.stringify({ error: 'busy', message: 'm', retryable: true });
  const sidecar = await start({ ASYA_RETRY_BACKOFF: '1ms,60s' });
  const channel = await openChannel(t);
  const envelope = Buffer.from(envelopes(actor, ['a']));
  for (const properties of [{ priority: 9, appId: 'shop' }, {}]) {
    channel.sendToQueue(`asya-${actor}`, envelope, properties);
    for (const _ of [1, 2]) await sidecar.logged('hop: retry');
    const { properties: got } = await drained(`asya-${actor}:retry:60000`, 1);
    const { priority, appId, contentType } = got[0] ?? {};
    assert.deepEqual(
      { priority, appId, contentType },
      { priority: undefined, appId: undefined, contentType: undefined, ...properties },
    );
  }
});

test('error-end, replay and ledger read an original over the size limit, and a dead letter', async (t) => {
  const { actor, errorEnd, variables, start } = await setup(t);
  const sidecar = await start({ ASYA_MAX_MESSAGE_BYTES: '1MiB' });
  const channel = await openChannel(t);
  const route = { actors: [actor], current: 0 };
  const large = JSON.stringify({
    id: 'large',
    route,
    headers: { 'x-asya-hops': 4 },
    payload: 'y'.repeat(2_000_000),
  });
  channel.sendToQueue(`asya-${actor}`, Buffer.from(large));
  await sidecar.logged('hop: error_end');
  await stop(sidecar);
  const moved = JSON.stringify({ id: 'moved', route, headers: { 'x-asya-hops': 4 }, payload: 1 });
  channel.sendToQueue(`asya-${actor}`, Buffer.from(moved), { expiration: '1' });
  await until(
    async () => (await channel.checkQueue(`asya-${errorEnd}`)).messageCount === 2,
    'two messages in error-end',
  );

  const ledger = await runBin(
    ['ledger', '--sent', '-', '--look', errorEnd],
    variables,
    `${large}\n${moved}`,
  );
  assert.match(ledger.out, /^ {2}internal_error +1\n {2}runtime_error +1$/m);
  const end = await startSidecarProcess({
    ...variables,
    ASYA_ACTOR_NAME: errorEnd,
    ASYA_RUNTIME_PROTOCOL: 'none',
  });
  t.after(() => end.close());
  const [first, second] = [
    await end.logged('error envelope received'),
    await end.logged('error envelope received'),
  ];
  assert.deepEqual(
    [first['envelope_id'], first['code'], first['failed_actor'], first['level']],
    ['large', 'runtime_error', actor, 'warn'],
  );
  assert.deepEqual(
    [second['envelope_id'], second['code'], second['failed_actor']],
    ['moved', 'internal_error', actor],
  );
  const empty = await runBin(['replay', '--all'], variables);
  assert.deepEqual(empty, {
    code: 0,
    out:
      `there is nothing in "${errorEnd}": 1 consumer of the queue may have received the messages; ` +
      'see --parked for those that its sidecar has parked\n',
    err: '',
  });
  await stop(end);

  channel.sendToQueue(`asya-${actor}`, Buffer.from(moved), { expiration: '1' });
  await until(
    async () => (await channel.checkQueue(`asya-${errorEnd}`)).messageCount === 1,
    'a message in error-end',
  );
  assert.match(
    (await runBin(['replay', '--all'], variables)).out,
    /^moved +dead_lettered .* replayed$/m,
  );
  const { bodies } = await drained(`asya-${actor}`, 1);
  assert.equal(bodies[0]?.toString(), moved.replace('"x-asya-hops":4', '"x-asya-hops":5'));
});

test('an envelope in a retry queue is stuck, not lost; the ledger names the queues it has read', async (t) => {
  const { actor, variables, runtime, start } = await setup(t);
  runtime.script = () => JSON.stringify({ error: 'busy', message: 'm', retryable: true });
  const sidecar = await start({ ASYA_RETRY_BACKOFF: '60s' });
  const sent = envelopes(actor, ['a']);
  await runBin(['send', '-'], variables, sent);
  await sidecar.logged('hop: retry');
  await stop(sidecar);
  const look = ['ledger', '--sent', '-', '--look', actor];
  const ofActor = await runBin(look, { ...variables, ASYA_RETRY_BACKOFF: '60s' }, sent);
  assert.match(ofActor.out, /^lost +0\nstuck +1$/m);
  assert.equal(ofActor.err, '');
  const ofCaller = await runBin(look, { ...variables, ASYA_RETRY_BACKOFF: '7s' }, sent);
  assert.match(ofCaller.out, /^lost +1$/m);
  assert.equal(
    ofCaller.err,
    `--look has read the retry queues of "${actor}" (none exists for 1000 ms, 5000 ms, 7000 ms, 30000 ms, 120000 ms); ` +
      "retry queues with other delays are not read; set ASYA_RETRY_BACKOFF to the actor's\n",
  );
});

test('the ledger lists a message that was removed from a queue, and leaves the others there', async (t) => {
  const { actor, errorEnd, variables, start } = await setup(t);
  const sidecar = await start();
  const sent = envelopes(actor, ['a', 'b', 'c']);
  assert.equal((await runBin(['send', '-'], variables, sent)).code, 0);
  for (const _ of ['a', 'b', 'c']) await sidecar.logged('hop: error_end');

  const ledger = ['ledger', '--sent', '-', '--look', errorEnd];
  const balanced = await runBin(ledger, variables, sent);
  assert.deepEqual([balanced.code, balanced.err], [0, '']);
  assert.match(balanced.out, /^ {2}runtime_error +3$/m);
  assert.match(balanced.out, /^lost +0$/m);

  await removeFirst(`asya-${errorEnd}`);
  const short = await runBin(ledger, variables, sent);
  assert.equal(short.code, 1);
  assert.match(short.out, /^lost:\n {2}a$/m);
});

test('an envelope for an actor without a queue is reported', async (t) => {
  const { actor, variables } = await setup(t);
  const { code, out, err } = await runBin(['send', '-'], variables, envelopes(actor, ['a']));
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /^a: not stored: no queue for actor "actor-.*"$/m);
});

test('a parked queue that is not declared yet is empty', async (t) => {
  const { errorEnd, variables, start } = await setup(t);
  await stop(await start());
  const { code, out, err } = await runBin(['replay', '--parked', '--all'], variables);
  assert.deepEqual([code, out, err], [0, `there is nothing in "${errorEnd}:parked"\n`, '']);
});

test('an error-end without a queue is an error', async (t) => {
  const { errorEnd, variables } = await setup(t);
  const { code, err } = await runBin(['replay', '--all'], variables);
  assert.equal(code, 1);
  assert.equal(err, `asya-sidecar: queue "asya-${errorEnd}" does not exist\n`);
});

test('a refused login or virtual host ends each command at once', async () => {
  const wrong = [
    ['ASYA_RABBITMQ_URL: .*ACCESS_REFUSED', (url: URL) => (url.password = 'wrong')],
    ['ASYA_RABBITMQ_URL: .*vhost', (url: URL) => (url.pathname = '/no-such-vhost')],
  ] as const;
  for (const [reason, change] of wrong) {
    const url = new URL(sharedBroker().url);
    change(url);
    const variables = { ASYA_RABBITMQ_URL: url.href, ASYA_CONFIRM_TIMEOUT: '1h' };
    const sent = envelopes('infer', ['a']);
    const send = await runBin(['send', '-'], variables, sent);
    assert.deepEqual([send.code, send.out], [1, '']);
    assert.match(send.err, new RegExp(`^asya-sidecar: nothing was sent: ${reason}.*\\n$`));
    for (const args of [
      ['replay', '--all'],
      ['ledger', '--sent', '-', '--look', 'infer'],
    ]) {
      const { code, err } = await runBin(args, variables, sent);
      assert.equal(code, 1);
      assert.match(err, new RegExp(`^asya-sidecar: cannot consume ".*": ${reason}.*\\n$`));
    }
  }
});
