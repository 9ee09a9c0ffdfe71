import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connect, type Channel } from 'amqplib';
import { rabbitmqctl } from '../../../kit/brokers/rabbitmqctl.ts';
import {
  startScriptedRuntime,
  type ScriptedRuntime,
} from '../../../kit/runtimes/scriptedRuntime.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';
import {
  runBin,
  startSidecarProcess,
  type SidecarProcess,
  type Variables,
} from '../../../kit/processes/sidecarProcess.ts';

/** The permissions listed in docs/rabbitmq.md suffice. */

const PAGE = readFileSync(new URL('../../../../docs/rabbitmq.md', import.meta.url), 'utf8');
const { url, control } = sharedBroker();

/** Returns the patterns that the page lists for a kind of user: configure, write, read. */
function permissionsOf(user: string): string[] {
  const patterns = PAGE.split('\n')
    .map(cellsOf)
    .find(([name]) => name === user)
    ?.slice(1);
  assert.equal(patterns?.length, 3, `docs/rabbitmq.md has no row for ${user}`);
  return patterns;
}

function cellsOf(row: string): string[] {
  const cells = row.replaceAll('\\|', '\0').split('|').slice(1, -1);
  return cells.map((cell) => cell.trim().replaceAll('`', '').replaceAll('\0', '|'));
}

/**
 * Creates a user with the permissions that the page lists and returns the broker's URL for it.
 * Returns undefined for an external broker.
 */
async function createUser(t: TestContext, kind: string): Promise<string | undefined> {
  if (control === undefined) return undefined;
  const name = `user-${randomUUID().slice(0, 8)}`;
  await rabbitmqctl(control, 'add_user', name, 'secret');
  t.after(() => rabbitmqctl(control, 'delete_user', name));
  await rabbitmqctl(control, 'set_permissions', name, ...permissionsOf(kind));
  const withUser = new URL(url);
  withUser.username = name;
  withUser.password = 'secret';
  return withUser.href;
}

interface Actor {
  readonly runtime: ScriptedRuntime;
  readonly start: (variables: Variables) => Promise<SidecarProcess>;
}

/** Starts a runtime whose first call fails with a retryable error. */
async function setup(t: TestContext): Promise<Actor> {
  const directory = await mkdtemp(join(tmpdir(), 'asya-permissions-'));
  const failure = JSON.stringify({ error: 'TryAgain', message: 'not yet', retryable: true });
  const runtime = await startScriptedRuntime(
    join(directory, 'asya-runtime.sock'),
    (payload, call) => (call === 1 ? failure : payload),
  );
  const closers = [() => runtime.stop(), () => rm(directory, { recursive: true })];
  t.after(async () => {
    for (const close of closers) await close();
  });
  return {
    runtime,
    start: async (variables) => {
      const sidecar = await startSidecarProcess({ ASYA_SOCKET_DIR: directory, ...variables });
      closers.unshift(sidecar.close);
      await sidecar.ready();
      return sidecar;
    },
  };
}

async function sendOne(broker: string, actor: string): Promise<void> {
  const sent = await runBin(
    ['send', '--route', actor, '-'],
    { ASYA_RABBITMQ_URL: broker },
    '{"n":1}',
  );
  assert.equal(sent.code, 0, sent.err);
}

test('a user with the listed permissions can wait for its answer', async (t) => {
  const broker = await createUser(t, 'a sidecar');
  const caller = await createUser(t, 'asya-sidecar send --wait, other callers');
  const producer = await createUser(t, 'asya-sidecar send, other producers');
  if (broker === undefined || caller === undefined || producer === undefined)
    return t.skip('the broker is external');
  const { start } = await setup(t);
  const run = randomUUID().slice(0, 8);
  await start({
    ASYA_RABBITMQ_URL: broker,
    ASYA_ACTOR_NAME: `actor-${run}`,
    ASYA_ACTOR_HAPPY_END: `happy-${run}`,
    ASYA_ACTOR_ERROR_END: `error-${run}`,
    ASYA_RETRY_BACKOFF: '20ms',
  });
  const send = (user: string): ReturnType<typeof runBin> =>
    runBin(
      ['send', '--wait', '15s', '--route', `actor-${run}`, '-'],
      { ASYA_RABBITMQ_URL: user },
      '{"n":1}',
    );
  const answered = await send(caller);
  assert.deepEqual(answered, { code: 0, out: '{"n":1}\n', err: '' });
  const refused = await send(producer);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^asya-sidecar: reply queue not opened: ACCESS_REFUSED - /);
});

test('a user with the listed permissions can declare queues, retry and forward', async (t) => {
  const broker = await createUser(t, 'a sidecar');
  const producer = await createUser(t, 'asya-sidecar send, other producers');
  if (broker === undefined || producer === undefined) return t.skip('the broker is external');
  const { runtime, start } = await setup(t);
  const run = randomUUID().slice(0, 8);
  const sidecar = await start({
    ASYA_RABBITMQ_URL: broker,
    ASYA_ACTOR_NAME: `actor-${run}`,
    ASYA_ACTOR_HAPPY_END: `happy-${run}`,
    ASYA_ACTOR_ERROR_END: `error-${run}`,
    ASYA_RETRY_BACKOFF: '20ms',
  });
  await sendOne(producer, `actor-${run}`);
  await sidecar.logged('hop: forward');
  assert.equal(runtime.calls.length, 2);
});

test('a user without configure permission can retry and forward where the listed objects exist', async (t) => {
  const broker = await createUser(t, 'a sidecar with ASYA_QUEUE_AUTO_CREATE=false');
  if (broker === undefined) return t.skip('the broker is external');
  await createDefinitions(t);
  const { runtime, start } = await setup(t);
  const sidecar = await start({
    ASYA_RABBITMQ_URL: broker,
    ASYA_ACTOR_NAME: 'infer',
    ASYA_QUEUE_AUTO_CREATE: 'false',
  });
  await sendOne(url, 'infer');
  await sidecar.logged('hop: forward');
  assert.equal(runtime.calls.length, 2);
});

interface Definitions {
  readonly exchanges: readonly { name: string; type: string }[];
  readonly queues: readonly { name: string; arguments: object }[];
  readonly bindings: readonly { source: string; destination: string; routing_key: string }[];
}

/** Creates the objects that the page lists, and deletes them after the test. */
async function createDefinitions(t: TestContext): Promise<void> {
  const json = /```json\n([^`]*)```/.exec(PAGE)?.[1] ?? '';
  const { exchanges, queues, bindings } = JSON.parse(json) as Definitions;
  const connection = await connect(url);
  const channel: Channel = await connection.createChannel();
  t.after(async () => {
    for (const { name } of queues) await channel.deleteQueue(name);
    await connection.close();
  });
  for (const { name, type } of exchanges) await channel.assertExchange(name, type);
  for (const queue of queues) await channel.assertQueue(queue.name, { arguments: queue.arguments });
  for (const { destination, source, routing_key } of bindings) {
    await channel.bindQueue(destination, source, routing_key);
  }
}
