import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createInbox, type Inbox } from '../../../kit/envelopes/inbox.ts';
import {
  encodedNesting,
  encodedText,
  publishRaw,
  type EncodedField,
} from '../../../kit/brokers/rawPublish.ts';
import {
  uniqueTopology,
  openRabbitmqTransport,
  type OpenedTransport,
} from '../../../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';

/** Received headers that amqplib cannot decode. */

const { url } = sharedBroker();

for (const [kind, type] of [
  ['tables', 'F'],
  ['arrays', 'A'],
] as const) {
  test(`a message with ${kind} nested 10,000 levels deep arrives without that header`, async (t) => {
    const { inbox, publish, transport, warnings, states } = await setup(t);
    const seen = states.all.length;
    await publish('deep', {
      before: encodedText('first'),
      nested: encodedNesting(10_000, type),
      'asya-attempt': ['b', Buffer.of(3)],
      list: ['A', Buffer.concat([Buffer.of(0, 0, 0, 2), Buffer.from('t'), Buffer.of(1)])],
    });
    await publish('next', { plain: encodedText('x') });
    const [deep, next] = await inbox.take(2);
    assert.equal(deep?.body.toString(), 'deep');
    assert.deepEqual({ ...deep.headers }, { before: 'first', 'asya-attempt': 3 });
    assert.deepEqual(deep.properties?.structuredHeaders, { list: [true] });
    assert.equal(deep.redelivered, false);
    assert.equal(next?.body.toString(), 'next');
    assert.equal(await transport.ack(deep), true);
    assert.equal(await transport.ack(next), true);
    assert.equal(warnings.length, 1, warnings.join('\n'));
    assert.match(warnings.join('\n'), /message headers removed; not decodable/);
    assert.equal(states.all.length, seen, 'the transport stayed connected');
  });
}

test('headers are received and sent again if they are nested at most 100 levels deep', async (t) => {
  const { inbox, publish, transport, topology, warnings } = await setup(t);
  for (const depth of [100, 101, 1_000, 2_000, 3_000, 3_500, 4_000]) {
    await publish(`${depth}`, {
      nested: encodedNesting(depth, 'F'),
      'asya-attempt': ['b', Buffer.of(2)],
    });
    const delivery = await inbox.next();
    const names = Object.keys(delivery.properties?.structuredHeaders ?? {});
    assert.deepEqual(names, depth > 100 ? [] : ['nested'], `${depth}`);
    await transport.send(topology.actor, {
      ...delivery,
      headers: { ...delivery.headers, 'asya-attempt': 3 },
    });
    await transport.ack(delivery);
    const again = await inbox.next();
    assert.equal(again.body.toString(), `${depth}`);
    assert.equal(again.headers['asya-attempt'], 3);
    await transport.ack(again);
  }
  assert.equal(warnings.length, 6, warnings.join('\n'));
  for (const warning of warnings) assert.match(warning, /message headers removed/);
});

interface Setup extends OpenedTransport {
  readonly topology: ReturnType<typeof uniqueTopology>;
  readonly inbox: Inbox;
  readonly publish: (
    body: string,
    headers: Readonly<Record<string, EncodedField>>,
  ) => Promise<void>;
}

async function setup(t: TestContext): Promise<Setup> {
  const topology = uniqueTopology();
  const opened = await openRabbitmqTransport(t, topology, { ports: [Number(new URL(url).port)] });
  await opened.states.until({ connected: true });
  const inbox = createInbox();
  await opened.transport.receive(topology.actor, inbox.onDelivery, { prefetch: 10 });
  return {
    ...opened,
    topology,
    inbox,
    publish: (body, headers) =>
      publishRaw(url, `asya-${topology.actor}`, Buffer.from(body), headers),
  };
}
