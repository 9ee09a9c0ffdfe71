import type { ConsumeMessage } from 'amqplib';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RabbitmqDelivery } from '../../../src/transport/rabbitmq/consumer/delivery.ts';
import { describeDelivery } from '../../../src/transport/rabbitmq/describeDelivery.ts';

const SESSION = {
  queue: 'asya-infer',
  server: { hostname: 'rabbit', port: 5672 },
  orphaned: false,
  settle: () => true,
  hasLost: () => false,
};

test('a RabbitMQ delivery is described by its AMQP fields and its server', () => {
  const fields = { exchange: 'asya', routingKey: 'infer', deliveryTag: 7, redelivered: false };
  const message = { fields, properties: {}, content: Buffer.from('{}') };
  const delivery = new RabbitmqDelivery(message as ConsumeMessage, 'infer', SESSION, undefined);
  assert.deepEqual(describeDelivery(delivery), {
    server: { hostname: 'rabbit', port: 5672 },
    exchange: 'asya',
    routingKey: 'infer',
    queue: 'asya-infer',
    deliveryTag: 7,
  });
});

test('a delivery of another transport has no AMQP fields', () => {
  const delivery = {
    id: 'id-1',
    queue: 'infer',
    body: Buffer.from('{}'),
    headers: {},
    redelivered: false,
    unsettled: 0,
    gone: false,
  };
  assert.equal(describeDelivery(delivery), undefined);
});
