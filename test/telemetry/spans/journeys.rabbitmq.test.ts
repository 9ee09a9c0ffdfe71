import { after } from 'node:test';
import type { JourneysOptions } from '../../kit/envelopes/journeys.ts';
import { rabbitmqOptions } from '../../kit/brokers/rabbitmqOptions.ts';
import { startRecordedSdk } from '../../kit/telemetry/recordedSdk.ts';
import { sharedBroker } from '../../kit/brokers/sharedBroker.ts';
import { journeyTrees } from './journeyTrees.ts';
import { producerTrees } from './producerTrees.ts';
import { spanAttributes } from './spanAttributes.ts';

// The SDK starts before amqplib is loaded, as in register.ts.
const sdk = startRecordedSdk();
after(() => sdk.close());

const { openRabbitmq } = await import('../../../src/transport/rabbitmq/rabbitmq.ts');
const { parseBrokerUrls } = await import('../../../src/config/formats/brokerUrls.ts');
const brokers = parseBrokerUrls(sharedBroker().url) ?? [];

const on: Omit<JourneysOptions, 'actors'> = {
  sdk,
  system: 'rabbitmq',
  open: (topology, onState) =>
    openRabbitmq({
      ...rabbitmqOptions(brokers, { exchange: `exchange-${topology.happyEnd}` }),
      topology,
      onState,
    }),
};
const { hostname, port } = new URL(sharedBroker().url);
const exchange = 'exchange-happy-end';
const atBroker = { 'server.address': hostname, 'server.port': Number(port || 5672) };

journeyTrees(on);
producerTrees(on);
spanAttributes(on, {
  published: (actor) => ({
    'messaging.destination.name': `${exchange}:${actor}`,
    'messaging.rabbitmq.destination.routing_key': actor,
    'messaging.message.id': 'string',
    ...atBroker,
  }),
  delivered: (actor) => ({
    'messaging.destination.name': `${exchange}:${actor}:asya-${actor}`,
    'messaging.rabbitmq.destination.routing_key': actor,
    'messaging.rabbitmq.message.delivery_tag': 'number',
    ...atBroker,
  }),
});
