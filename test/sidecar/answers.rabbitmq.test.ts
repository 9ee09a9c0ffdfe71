import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { parseBrokerUrls } from '../../src/config/formats/brokerUrls.ts';
import { openReplies } from '../../src/cli/replies/openReplies.ts';
import { rabbitmqctl } from '../kit/brokers/rabbitmqctl.ts';
import { openRabbitmqTransport, uniqueTopology } from '../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../kit/brokers/sharedBroker.ts';
import { until } from '../kit/processes/until.ts';
import { openOnRabbitmq } from '../kit/rigs/rabbitmqRig.ts';
import { openRig } from '../kit/rigs/rig.ts';
import { answerTable } from './answerTable.ts';

answerTable('rabbitmq', openOnRabbitmq());

const { url, control } = sharedBroker();

test(
  'hops are neither held nor repeated when the broker refuses the copies',
  { timeout: 240_000 },
  async (t) => {
    if (control === undefined) return t.skip('the broker is external');
    const user = await createUser(t, control);
    const { transport } = await openRabbitmqTransport(t, uniqueTopology(), {
      ports: [Number(new URL(url).port)],
    });
    const replies = await openReplies(transport);
    const open = openOnRabbitmq(undefined, { readBrokers: user.readBrokers });
    const rig = await openRig({ open, script: () => '42', concurrency: 4 });
    t.after(() => rig.close());
    await user.forbidDefaultExchange();
    const headers = { 'x-asya-reply-to': replies.queue };
    const route = { actors: [rig.names.actor], current: 0 };
    for (let n = 0; n < 50; n++) await rig.send(rig.envelope(n, { route, headers }));
    await until(() => rig.happyEnd.arrived.length >= 50, 'all envelopes');
    assert.equal(rig.runtime.calls.length, 50);
    assert.equal(rig.happyEnd.arrived.length, 50);
    assert.deepEqual([...rig.health.held.keys()], []);
    assert.equal(rig.health.transport.connected, true);
    assert.equal(await replies.next(AbortSignal.timeout(100)), undefined);
  },
);

interface User {
  readonly readBrokers: () => NonNullable<ReturnType<typeof parseBrokerUrls>>;
  /** Forbids the publishes to the default exchange, which declaring queues needs. */
  readonly forbidDefaultExchange: () => Promise<unknown>;
}

async function createUser(t: TestContext, ctl: NonNullable<typeof control>): Promise<User> {
  const username = `user-${randomUUID().slice(0, 8)}`;
  const permitWrites = (pattern: string): Promise<unknown> =>
    rabbitmqctl(ctl, 'set_permissions', username, '.*', pattern, '.*');
  await rabbitmqctl(ctl, 'add_user', username, 'secret');
  t.after(() => rabbitmqctl(ctl, 'delete_user', username));
  await permitWrites('.*');
  return {
    readBrokers: () =>
      (parseBrokerUrls(url) ?? []).map((broker) => ({ ...broker, username, password: 'secret' })),
    forbidDefaultExchange: () => permitWrites('^(?!amq\\.default$)'),
  };
}
