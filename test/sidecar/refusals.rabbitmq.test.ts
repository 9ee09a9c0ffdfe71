import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { openBroker, type Broker } from '../kit/brokers/broker.ts';
import { openOnRabbitmq } from '../kit/rigs/rabbitmqRig.ts';
import { rabbitmqctl } from '../kit/brokers/rabbitmqctl.ts';
import { decode, openRig, type Rig, type RigOptions } from '../kit/rigs/rig.ts';
import { sharedBroker } from '../kit/brokers/sharedBroker.ts';
import { until, within } from '../kit/processes/until.ts';

const MAX_MESSAGE_BYTES = 100_000;
let broker: Broker;
before(async () => {
  broker = await openBroker({
    series: sharedBroker().series,
    config: () => [`max_message_size = ${MAX_MESSAGE_BYTES}`],
  });
});
after(() => broker.close());

describe('a hop whose dispatch RabbitMQ refuses', { concurrency: 4, timeout: 240_000 }, () => {
  test("to a forbidden actor: is retried, then becomes an error envelope with the broker's reply text", async (t) => {
    const rig = await setup(t, { script: () => '"answered"', concurrency: 10 });
    await permit(rig, `${rig.names.next}|${rig.names.errorEnd}|${rig.names.actor}`);
    const forbidden = { actors: [rig.names.actor, 'forbidden'], current: 0 };
    const sent = Array.from({ length: 20 }, (_, index) =>
      index === 10 ? rig.envelope('bad', { route: forbidden }) : rig.envelope(index),
    );
    await Promise.all(sent.map((envelope) => rig.send(envelope)));
    const arrived = decode(await within(rig.errorEnd.take(), 'the error envelope', 60_000));
    const payload = arrived['payload'] as {
      details: Record<string, unknown>;
      original_payload: unknown;
    };
    assert.equal(payload.details['code'], 'publish_refused');
    assert.match(String(payload.details['message']), /sent to "forbidden".*: ACCESS_REFUSED - /);
    assert.equal(payload.details['attempt'], 3);
    assert.equal(payload.original_payload, 'answered');
    const ids = (): Set<unknown> =>
      new Set(rig.next.arrived.map((delivery) => decode(delivery)['id']));
    await until(() => ids().size === 19, 'the other envelopes');
    assert.equal(rig.runtime.calls.length, 20);
    assert.ok(rig.next.arrived.length <= 2 * 19, `${rig.next.arrived.length} arrived`);
  });

  test('too large for the broker: becomes an error envelope with the received payload', async (t) => {
    const rig = await setup(t, { script: () => JSON.stringify('x'.repeat(2 * MAX_MESSAGE_BYTES)) });
    await rig.send(rig.envelope('received'));
    const arrived = decode(await within(rig.errorEnd.take(), 'the error envelope', 60_000));
    const payload = arrived['payload'] as {
      details: Record<string, unknown>;
      original_payload: unknown;
    };
    assert.equal(payload.details['code'], 'publish_refused');
    assert.match(String(payload.details['message']), /: PRECONDITION_FAILED - /);
    assert.equal(payload.original_payload, 'received');
    assert.equal(rig.runtime.calls.length, 1);
  });

  test('to error-end: is held until the broker permits it', async (t) => {
    const rig = await setup(t, { script: () => '{"error": "e", "message": "m"}' });
    await permit(rig, rig.names.actor);
    await rig.send(rig.envelope('x'));
    await until(() => (rig.health.held.get('refused') ?? 0) === 1, 'held');
    await permit(rig, '.*');
    const arrived = decode(await within(rig.errorEnd.take(), 'the error envelope', 60_000));
    assert.equal((arrived['payload'] as { error: string }).error, 'e: m');
    assert.equal(rig.runtime.calls.length, 1);
  });
});

async function setup(t: TestContext, options: Omit<RigOptions, 'open'>): Promise<Rig> {
  const rig = await openRig({ open: openOnRabbitmq(broker.port), ...options });
  t.after(() => rig.close());
  return rig;
}

/** Permits the sidecar to publish to these actors only. */
async function permit({ names }: Rig, actors: string): Promise<void> {
  const exchange = `exchange-${names.happyEnd}`;
  await rabbitmqctl(
    broker.control,
    'set_topic_permissions',
    'guest',
    exchange,
    `^(${actors})$`,
    '.*',
  );
}
