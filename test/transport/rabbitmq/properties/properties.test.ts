import type { MessageProperties } from 'amqplib';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  publishOptions,
  readProperties,
} from '../../../../src/transport/rabbitmq/properties/properties.ts';

test('fields that are added to the headers of a publish do not change the message', () => {
  const message = { headers: { 'asya-published-at': 1 } };
  const first = publishOptions(message, 'id-1');
  first.headers.traceparent = 'of the first publish';
  assert.deepEqual(publishOptions(message, 'id-2').headers, { 'asya-published-at': 1 });
});

test('an envelope is published as JSON, persistent and mandatory', () => {
  assert.deepEqual(publishOptions({ headers: {} }, 'id-1'), {
    messageId: 'id-1',
    persistent: true,
    mandatory: true,
    contentType: 'application/json',
    headers: {},
  });
});

test('a message with properties is published with these and its structured headers', () => {
  const properties = { contentType: 'text/plain', structuredHeaders: { list: [1, 2] } };
  const { contentType, headers } = publishOptions(
    { headers: { priority: 'high' }, properties },
    'id-1',
  );
  assert.equal(contentType, 'text/plain');
  assert.deepEqual(headers, { list: [1, 2], priority: 'high' });
});

test('headers that the broker has added are not read', () => {
  const received = {
    headers: { 'x-death': [{}], 'x-first-death-reason': 'maxlen', 'x-delivery-count': 3, kept: 1 },
  };
  const { headers, properties } = readProperties(received as unknown as MessageProperties);
  assert.deepEqual([headers, properties], [{ kept: 1 }, {}]);
});
