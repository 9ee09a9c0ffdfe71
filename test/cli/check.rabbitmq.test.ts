import { connect, type ConfirmChannel } from 'amqplib';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { after, before, test, type TestContext } from 'node:test';
import { openBroker, type Broker } from '../kit/brokers/broker.ts';
import { createAuthority, createCertificate } from '../kit/brokers/certificates.ts';
import { rabbitmqctl, setMemoryAlarm } from '../kit/brokers/rabbitmqctl.ts';
import { openRabbitmqTransport, uniqueTopology } from '../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../kit/brokers/sharedBroker.ts';
import { checkConnect, type Checked } from '../kit/processes/checkResults.ts';
import { until } from '../kit/processes/until.ts';

// The tests compare all objects of the broker, and raise an alarm.
let broker: Broker;
before(async () => (broker = await openBroker({ series: sharedBroker().series })));
after(() => broker.close());

type Topology = ReturnType<typeof uniqueTopology>;

/** Checks the broker with the settings of a topology. */
function checkBroker(
  topology: Topology,
  environment: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<Checked> {
  return checkConnect(
    {
      ASYA_RABBITMQ_URL: broker.url,
      ASYA_ACTOR_NAME: topology.actor,
      ASYA_ACTOR_HAPPY_END: topology.happyEnd,
      ASYA_ACTOR_ERROR_END: topology.errorEnd,
      ASYA_RETRY_BACKOFF: topology.retryDelaysMs.map((delayMs) => `${delayMs}ms`).join(','),
      ...environment,
    },
    ['--skip', 'runtime', '--skip', 'collector', ...args],
  );
}

/** Declares all queues of a topology, as a sidecar does, and puts a message into each. */
async function declareAll(t: TestContext): Promise<Topology> {
  const topology = uniqueTopology();
  const { actor, happyEnd, errorEnd } = topology;
  const { transport, states } = await openRabbitmqTransport(t, topology, { ports: [broker.port] });
  await states.until({ connected: true, missing: [] });
  const message = { body: Buffer.from('{}'), headers: {} };
  for (const queue of [actor, happyEnd, errorEnd, `${errorEnd}:parked`]) {
    await transport.send(queue, message);
  }
  const [delayMs = 0] = topology.retryDelaysMs;
  await transport.send(actor, message, { delayMs });
  await transport.close();
  const channel = await openChannel(t);
  await until(
    async () => (await channel.checkQueue(`asya-${actor}`)).messageCount === 2,
    'the retry to return to its actor',
  );
  return topology;
}

/** All objects of the broker, with the counts of messages and consumers. */
async function snapshot(t: TestContext): Promise<readonly string[]> {
  const { control } = broker;
  const lists = [
    ['list_queues', 'name', 'arguments'],
    ['list_exchanges', 'name', 'type', 'arguments'],
    ['list_bindings', 'source_name', 'destination_name', 'routing_key'],
  ];
  const texts = await Promise.all(lists.map((list) => rabbitmqctl(control, ...list)));
  const [, ...queues] = await rabbitmqctl(control, 'list_queues', 'name').then(linesOf);
  const channel = await openChannel(t);
  const counts = await Promise.all(queues.map((queue) => channel.checkQueue(queue)));
  return [...texts.flatMap(linesOf), ...counts.map((count) => JSON.stringify(count))].toSorted();
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

async function openChannel(t: TestContext): Promise<ConfirmChannel> {
  const connection = await connect(broker.url);
  t.after(() => connection.close());
  return connection.createConfirmChannel();
}

/** The checks with one of these results. */
function checksWith({ results }: Checked, ...wanted: readonly string[]): readonly string[] {
  return [...results].filter(([, { result }]) => wanted.includes(result)).map(([name]) => name);
}

function detailOf({ results }: Checked, check: string): string {
  return results.get(check)?.detail ?? `no check "${check}"`;
}

test('all checks of a complete topology are ok, and change nothing', async (t) => {
  const topology = await declareAll(t);
  const earlier = await snapshot(t);
  const checked = await checkBroker(topology);
  assert.deepEqual([checked.code, checksWith(checked, 'failed', 'missing')], [0, []]);
  assert.deepEqual(checksWith(checked, 'not checked'), [`binding of asya-${topology.actor}`]);
  assert.equal(detailOf(checked, `queue asya-${topology.actor}`), '2 messages');
  assert.match(detailOf(checked, 'broker connection'), /^127\.0\.0\.1:\d+, RabbitMQ \d/);
  assert.deepEqual(await snapshot(t), earlier);
  const channel = await openChannel(t);
  const message = await channel.get(`asya-${topology.actor}`);
  assert.equal(message !== false && message.fields.redelivered, false);
});

test('missing objects are created later, and are failures without auto-create', async (t) => {
  const topology = uniqueTopology();
  const earlier = await snapshot(t);
  const own = `queue asya-${topology.actor}`;
  const retries = `${own}:retry:100`;
  const [created, required] = [
    await checkBroker(topology, { ASYA_RABBITMQ_EXCHANGE: 'absent' }),
    await checkBroker(topology, {
      ASYA_RABBITMQ_EXCHANGE: 'absent',
      ASYA_QUEUE_AUTO_CREATE: 'false',
    }),
  ];
  assert.equal(created.code, 0);
  for (const check of ['exchange absent', own, retries]) {
    assert.equal(created.results.get(check)?.result, 'missing', check);
    assert.equal(required.results.get(check)?.result, 'failed', check);
  }
  assert.equal(detailOf(created, retries), 'declared before its first message');
  assert.equal(required.code, 1);
  assert.equal(detailOf(created, 'publish to absent'), 'the exchange does not exist');
  assert.deepEqual(await snapshot(t), earlier);
});

test('a refused login and a refused virtual host are named by their step', async () => {
  const topology = uniqueTopology();
  const wrong = new URL(broker.url);
  wrong.password = 'hunter2';
  const login = await checkBroker(topology, { ASYA_RABBITMQ_URL: wrong.href });
  assert.equal(login.code, 1);
  assert.deepEqual(checksWith(login, 'failed'), ['login']);
  assert.equal(login.results.get('broker connection')?.result, 'ok');
  assert.match(detailOf(login, 'login'), /^ASYA_RABBITMQ_URL: .*ACCESS_REFUSED/);
  assert.doesNotMatch(JSON.stringify([...login.results]), /hunter2/);

  const elsewhere = new URL(broker.url);
  elsewhere.pathname = '/nowhere';
  const vhost = await checkBroker(topology, { ASYA_RABBITMQ_URL: elsewhere.href });
  assert.deepEqual(checksWith(vhost, 'failed'), ['virtual host']);
  assert.equal(vhost.results.get('login')?.result, 'ok');
  assert.match(detailOf(vhost, 'virtual host'), /NOT_ALLOWED - .*nowhere/);
  assert.equal(detailOf(vhost, 'queues and permissions'), 'no connection to the broker');
});

test('the first broker that accepts is checked, and the others are named', async () => {
  const urls = `amqp://127.0.0.1:1/,${broker.url}`;
  const checked = await checkBroker(uniqueTopology(), { ASYA_RABBITMQ_URL: urls });
  assert.equal(checked.code, 0);
  assert.match(detailOf(checked, 'broker connection'), /RabbitMQ .*; .*127\.0\.0\.1:1: .*REFUSED/);
});

test('a stream as own queue and another exchange type are failures, other arguments a warning', async (t) => {
  const topology = await declareAll(t);
  const channel = await openChannel(t);
  const [queue, errorEnd] = [`asya-${topology.actor}`, `asya-${topology.errorEnd}`];
  await channel.deleteQueue(queue);
  await channel.assertQueue(queue, { arguments: { 'x-queue-type': 'stream' } });
  await channel.deleteQueue(errorEnd);
  await channel.assertQueue(errorEnd, {
    arguments: { 'x-queue-type': 'quorum', 'x-message-ttl': 5 },
  });
  await channel.assertExchange(`fanout-${topology.actor}`, 'fanout');
  const checked = await checkBroker(topology, {
    ASYA_RABBITMQ_EXCHANGE: `fanout-${topology.actor}`,
  });
  assert.deepEqual(checksWith(checked, 'failed'), [
    `exchange fanout-${topology.actor}`,
    `queue ${queue}`,
  ]);
  assert.deepEqual(checksWith(checked, 'warning'), [`queue ${errorEnd}`]);
  assert.match(detailOf(checked, `queue ${queue}`), /is a stream/);
  const differences = detailOf(checked, `queue ${errorEnd}`);
  assert.match(differences, /^has other arguments, and is used as it is: .*x-message-ttl is 5/);
  assert.match(differences, /x-delivery-limit is absent/);
  assert.doesNotMatch(differences, /x-max-age/);
  assert.match(detailOf(checked, `exchange fanout-${topology.actor}`), /type fanout/);
});

/** Creates a user with the permissions configure, write and read, and returns its URL. */
async function createUser(t: TestContext, ...permissions: readonly string[]): Promise<string> {
  const name = `user-${randomUUID().slice(0, 8)}`;
  await rabbitmqctl(broker.control, 'add_user', name, 'secret');
  t.after(() => rabbitmqctl(broker.control, 'delete_user', name));
  await rabbitmqctl(broker.control, 'set_permissions', name, ...permissions);
  const url = new URL(broker.url);
  url.username = name;
  url.password = 'secret';
  return url.href;
}

test('each missing permission of the user is named', async (t) => {
  const topology = await declareAll(t);
  const earlier = await snapshot(t);
  const all = '^(asya(-.*)?|amq\\.default)$';
  const cases = [
    [['^$', all, all], ['permission to declare']],
    [
      [all, '^asya-.*$', all],
      ['publish to asya', 'publish to retry queues'],
    ],
    [[all, '^asya(-.*)?$', all], ['publish to retry queues']],
    [[all, '^(asya|amq\\.default)$', all], ['permission to bind']],
    [
      [all, all, '^$'],
      ['permission to bind', 'permission to consume'],
    ],
  ] as const;
  for (const [permissions, expected] of cases) {
    const url = await createUser(t, ...permissions);
    const checked = await checkBroker(topology, { ASYA_RABBITMQ_URL: url });
    assert.deepEqual(checksWith(checked, 'failed'), expected, permissions.join(' '));
    for (const check of expected) assert.match(detailOf(checked, check), /ACCESS_REFUSED/);
  }
  assert.deepEqual(await snapshot(t), earlier);
});

test('without auto-create, the permissions to declare and to bind are not needed', async (t) => {
  const topology = await declareAll(t);
  const url = await createUser(t, '^$', '^(asya|amq\\.default)$', '^asya-.*$');
  const checked = await checkBroker(topology, {
    ASYA_RABBITMQ_URL: url,
    ASYA_QUEUE_AUTO_CREATE: 'false',
  });
  assert.deepEqual([checked.code, checksWith(checked, 'failed')], [0, []]);
  assert.equal(checked.results.has('permission to declare'), false);
  assert.match(detailOf(checked, `queue asya-${topology.actor}`), /arguments are not checked$/);
});

test('a topic permission that excludes the probe is not a failure', async (t) => {
  const topology = await declareAll(t);
  const url = await createUser(t, '.*', '.*', '.*');
  const { username } = new URL(url);
  await rabbitmqctl(
    broker.control,
    'set_topic_permissions',
    username,
    'asya',
    `^${topology.happyEnd}$`,
    '.*',
  );
  const checked = await checkBroker(topology, { ASYA_RABBITMQ_URL: url });
  assert.equal(checked.code, 0);
  assert.equal(checked.results.get('publish to asya')?.result, 'not checked');
});

test('a probe that a binding routes leaves no message, and is reported', async (t) => {
  const topology = await declareAll(t);
  const channel = await openChannel(t);
  const audit = `audit-${topology.actor}`;
  await channel.assertQueue(audit);
  await channel.bindQueue(audit, 'asya', '#');
  const checked = await checkBroker(topology);
  assert.equal(checked.code, 0);
  assert.match(detailOf(checked, 'publish to asya'), /routed the empty probe$/);
  await until(
    async () => (await channel.checkQueue(audit)).messageCount === 0,
    'the probe to expire',
  );
  await channel.deleteQueue(audit);
});

test('a broker with an alarm is reported as blocked', async (t) => {
  const topology = await declareAll(t);
  await setMemoryAlarm(broker.control, true);
  t.after(() => setMemoryAlarm(broker.control, false));
  const checked = await checkBroker(topology);
  assert.equal(checked.code, 1);
  assert.match(detailOf(checked, 'publish to asya'), /^the broker accepts no publishes: .*memory/);
  assert.equal(checked.results.get('permission to consume')?.result, 'ok');
});

/** Starts a server that accepts connections and sends nothing. */
async function startMuteServer(t: TestContext): Promise<number> {
  const server = createServer((socket) => void socket.on('error', () => {}).resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

test('a server that accepts and never answers is reported after the time limit', async (t) => {
  const port = await startMuteServer(t);
  const mute = `amqp://127.0.0.1:${port}`;
  const args = ['--timeout', '500ms'];
  const checked = await checkBroker(uniqueTopology(), { ASYA_RABBITMQ_URL: mute }, args);
  assert.deepEqual([checked.code, checksWith(checked, 'failed')], [1, ['broker connection']]);
  assert.equal(
    detailOf(checked, 'broker connection'),
    `ASYA_RABBITMQ_URL: 127.0.0.1:${port}: connected, but no AMQP answer in 450ms`,
  );
  const both = { ASYA_RABBITMQ_URL: `${mute},${broker.url}` };
  assert.equal((await checkBroker(uniqueTopology(), both, ['--timeout', '5s'])).code, 0);
});

test('a problem of the certificate is explained', async (t) => {
  const authority = createAuthority('check authority');
  const { cert, key } = createCertificate('rabbit.example', authority);
  const server = createTlsServer({ cert, key }, (socket) => void socket.resume());
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const directory = await mkdtemp(join(tmpdir(), 'asya-check-'));
  t.after(() => rm(directory, { recursive: true }));
  const ca = join(directory, 'ca.pem');
  await writeFile(ca, authority.cert);
  const url = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const amqps = { ASYA_RABBITMQ_URL: `amqps://${url}` };
  const explain = async (environment: Readonly<Record<string, string>>): Promise<string> => {
    const checked = await checkBroker(uniqueTopology(), environment, ['--timeout', '10s']);
    assert.equal(checked.results.get('broker connection')?.result, 'failed');
    return detailOf(checked, 'broker connection');
  };
  assert.match(await explain(amqps), /set ASYA_RABBITMQ_CA_FILE\)$/);
  assert.match(
    await explain({ ...amqps, ASYA_RABBITMQ_CA_FILE: ca }),
    /\(set ASYA_RABBITMQ_SERVER_NAME to the name in the certificate\)$/,
  );
  const trusted = {
    ...amqps,
    ASYA_RABBITMQ_CA_FILE: ca,
    ASYA_RABBITMQ_SERVER_NAME: 'rabbit.example',
  };
  assert.match(await explain(trusted), /connected, but no AMQP answer in 9s$/);
  const plain = { ASYA_RABBITMQ_URL: `amqp://${url}` };
  assert.match(await explain(plain), /does the port expect TLS, amqps:\/\/, or another protocol/);
  const noTls = { ASYA_RABBITMQ_URL: broker.url.replace('amqp:', 'amqps:') };
  assert.match(await explain(noTls), /the port does not use TLS/);
});
