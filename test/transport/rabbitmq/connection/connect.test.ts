import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import dns from 'node:dns';
import test, { type TestContext } from 'node:test';
import { pino } from 'pino';
import {
  ConnectError,
  connectToAny,
} from '../../../../src/transport/rabbitmq/connection/connect.ts';
import { TopologyDeclarer } from '../../../../src/transport/rabbitmq/topology/declarer.ts';
import { planTopology } from '../../../../src/transport/rabbitmq/topology/plan.ts';
import { openProxy } from '../../../kit/brokers/proxy.ts';
import { rabbitmqOptions } from '../../../kit/brokers/rabbitmqOptions.ts';
import { rabbitmqctl, type Rabbitmqctl } from '../../../kit/brokers/rabbitmqctl.ts';
import {
  localBroker,
  uniqueTopology,
  openRabbitmqTransport,
  type OpenedTransport,
} from '../../../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';
import { runBin } from '../../../kit/processes/sidecarProcess.ts';
import { until } from '../../../kit/processes/until.ts';

const { url, control } = sharedBroker();
const port = Number(new URL(url).port);
const needsControl = { skip: control === undefined && 'rabbitmqctl is not available' };
type BrokerLike = ReturnType<typeof localBroker>;

test('a missing virtual host is reported with its variable and the reply text of the broker', async (t) => {
  const opened = await openTransport(t, { vhost: 'nope' });
  await assertConnectFails(
    opened,
    `VHOST: 127.0.0.1:${port}: NOT_ALLOWED - vhost nope not found`,
    true,
  );
});

test(
  'a virtual host without access for the user is reported with its variable',
  needsControl,
  async (t) => {
    const { username, password } = await addUser(t);
    const opened = await openTransport(t, { username, password });
    await assertConnectFails(
      opened,
      new RegExp(`^VHOST: .* access to vhost '/' refused for user '${username}'$`),
      true,
    );
  },
);

test(
  'a virtual host at its connection limit is reported with its variable',
  needsControl,
  async (t) => {
    const vhost = await addVhost(t);
    await rabbitmqctl(rabbitmq(), 'set_vhost_limits', '-p', vhost, '{"max-connections":0}');
    const opened = await openTransport(t, { vhost });
    await assertConnectFails(
      opened,
      /^VHOST: .* access to vhost '.*' refused for user 'guest': connection limit \(0\)/,
      true,
    );
  },
);

test('a refused login is reported with its variable', async (t) => {
  const opened = await openTransport(t, { password: 'wrong' });
  await assertConnectFails(
    opened,
    /^LOGIN: .* ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN/,
    true,
  );
});

test('an unreachable host name is reported with the reason for each of its addresses', async (t) => {
  const closed = await openProxy(port);
  await closed.close();
  const addresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '127.0.0.2', family: 4 },
  ];
  t.mock.method(
    dns,
    'lookup',
    (_name: string, _options: unknown, done: (...args: unknown[]) => void) =>
      process.nextTick(done, null, addresses),
  );
  const opened = await openTransport(t, { hostname: 'rabbit.example', port: closed.port });
  const reasons = ['127.0.0.1', '127.0.0.2'].map(
    (ip) => `connect ECONNREFUSED ${ip}:${closed.port}`,
  );
  await assertConnectFails(
    opened,
    `ADDRESS: rabbit.example:${closed.port}: ${reasons.join(', ')}`,
    false,
  );
});

test('a lost connection is reported with its reason until the transport has reconnected', async (t) => {
  const proxy = await openProxy(port);
  t.after(() => proxy.close());
  const { states, warnings } = await openRabbitmqTransport(t, uniqueTopology(), {
    ports: [proxy.port],
  });
  await states.until({ connected: true });
  proxy.cutConnections();
  await states.until({ connected: false });
  await until(() => states.all.at(-1)?.disconnect !== undefined, 'a reason');
  await states.until({ connected: true });
  assert.equal('disconnect' in (states.all.at(-1) ?? {}), false);
  const lines = warnings.filter((line) => line.includes('broker connection lost; reconnecting'));
  assert.equal(lines.length, 2, 'one for each connection');
  assert.ok(lines.every((line) => line.includes('"reason":"') && !line.includes('"stack"')));
});

test(
  'a missing permission is reported with the reply text of the broker',
  needsControl,
  async (t) => {
    const topology = uniqueTopology();
    const owner = await openRabbitmqTransport(t, topology, { ports: [port] });
    await owner.states.until({ connected: true });
    const { username, password } = await addUser(t);
    await rabbitmqctl(rabbitmq(), 'set_permissions', username, '^$', '^$', '.*');
    const { states, warnings } = await openTransport(t, { username, password }, topology);
    await until(() => (states.all.at(-1)?.missing.length ?? 0) > 0, 'a problem');
    const queue = `asya-${topology.actor}`;
    const [problem] =
      states.all.at(-1)?.missing.filter((sentence) => sentence.includes(queue)) ?? [];
    assert.match(
      problem ?? '',
      new RegExp(
        `^queue "${queue}" cannot be declared: ACCESS_REFUSED - .*access to queue '${queue}' in vhost`,
      ),
    );
    const lines = warnings.filter((line) => line.includes('queue cannot be compared; used as is'));
    assert.equal(lines.length, 3, 'one for each queue');
    assert.ok(warnings.some((line) => line.includes('exchange cannot be compared; used as is')));
    assert.ok(warnings.some((line) => line.includes('"msg":"topology incomplete"')));
    assert.equal(
      warnings.some((line) => line.includes('other arguments')),
      false,
    );
  },
);

test('a failed check of the topology is logged in one line and repeated', async (t) => {
  const warnings: string[] = [];
  const options = rabbitmqOptions([localBroker(port)]);
  const closing = new AbortController();
  t.after(() => closing.abort());
  let attempts = 0;
  const declarer = new TopologyDeclarer({
    plan: planTopology(uniqueTopology(), options),
    autoCreate: true,
    connect: (name) =>
      ++attempts === 1
        ? Promise.reject(new ConnectError('ADDRESS: 127.0.0.1:1: connect ECONNREFUSED', false))
        : connectToAny(options, name),
    compatibility: { problemOf: () => Promise.resolve(undefined) },
    onProblems: () => {},
    onDeclared: () => {},
    closed: closing.signal,
    log: pino({ base: null }, { write: (line: string) => void warnings.push(line) }),
  });
  await declarer.ensureAll();
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0] ?? '',
    /"reason":"ADDRESS: 127\.0\.0\.1:1: connect ECONNREFUSED","msg":"topology check failed; retrying"/,
  );
});

test('a command prints the variable and the reply text of the broker', async () => {
  const variables = {
    ASYA_RABBITMQ_HOST: '127.0.0.1',
    ASYA_RABBITMQ_PORT: String(port),
    ASYA_RABBITMQ_VHOST: 'nope',
    ASYA_CONFIRM_TIMEOUT: '3s',
  };
  const sent = await runBin(['send', '--route', 'infer', '-'], variables, '{"n":1}');
  assert.notEqual(sent.code, 0);
  assert.match(
    sent.err,
    /^asya-sidecar: nothing was sent: ASYA_RABBITMQ_VHOST: 127\.0\.0\.1:\d+: NOT_ALLOWED - vhost nope not found\n$/,
  );
});

/** Each failed attempt is logged in one line without a stack, and the state has the reason. */
async function assertConnectFails(
  { states, warnings }: OpenedTransport,
  reason: string | RegExp,
  refused: boolean,
): Promise<void> {
  await until(() => warnings.length > 0, 'a warning');
  for (const warning of warnings) {
    const line = JSON.parse(warning) as Record<string, unknown>;
    assert.deepEqual(Object.keys(line), ['level', 'time', 'connection', 'reason', 'msg']);
    assert.equal(line['msg'], 'broker connection failed; reconnecting');
    if (typeof reason === 'string') assert.equal(line['reason'], reason);
    else assert.match(String(line['reason']), reason);
  }
  const state = states.all.at(-1);
  assert.equal(state?.connected, false);
  assert.deepEqual(state.disconnect?.refused, refused);
}

function openTransport(
  t: TestContext,
  broker: Partial<BrokerLike>,
  topology = uniqueTopology(),
): Promise<OpenedTransport> {
  return openRabbitmqTransport(t, topology, {
    readBrokers: () => [{ ...localBroker(port), ...broker }],
  });
}

async function addUser(t: TestContext): Promise<{ username: string; password: string }> {
  const username = `user-${randomUUID().slice(0, 8)}`;
  await rabbitmqctl(rabbitmq(), 'add_user', username, 'secret');
  t.after(() => rabbitmqctl(rabbitmq(), 'delete_user', username));
  return { username, password: 'secret' };
}

async function addVhost(t: TestContext): Promise<string> {
  const vhost = `vhost-${randomUUID().slice(0, 8)}`;
  await rabbitmqctl(rabbitmq(), 'add_vhost', vhost);
  t.after(() => rabbitmqctl(rabbitmq(), 'delete_vhost', vhost));
  await rabbitmqctl(rabbitmq(), 'set_permissions', '-p', vhost, 'guest', '.*', '.*', '.*');
  return vhost;
}

function rabbitmq(): Rabbitmqctl {
  assert.ok(control, 'rabbitmqctl is not available');
  return control;
}
