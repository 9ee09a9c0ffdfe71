import type { MessageProperties } from 'amqplib';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createPropertiesWriter,
  readProperties,
} from '../../../../src/transport/rabbitmq/properties/properties.ts';

test('a publish has no header of the one before, nor of what an instrumentation has added to it', () => {
  const write = createPropertiesWriter();
  const first = write({ 'asya-published-at': 1, 'asya-attempt': 2 }, undefined, 'one');
  first.headers.traceparent = 'of the first';
  const second = write({ 'asya-published-at': 3 }, undefined, 'two');
  assert.deepEqual(sent(second.headers), { 'asya-published-at': 3 });
  const third = write({ 'asya-published-at': 4, traceparent: 'of its own' }, undefined, 'three');
  assert.deepEqual(sent(third.headers), { 'asya-published-at': 4, traceparent: 'of its own' });
});

test("what came with a message's headers is not in the next one's", () => {
  const write = createPropertiesWriter();
  const carried = { contentType: 'text/plain', structuredHeaders: { list: [1, 2] } };
  const retry = write({ priority: 'high' }, carried, 'one');
  assert.deepEqual(sent(retry.headers), { list: [1, 2], priority: 'high' });
  const fresh = write({}, undefined, 'two');
  assert.deepEqual(sent(fresh.headers), {});
  assert.equal(fresh.contentType, 'application/json');
});

test("what the broker has set is not read as the sender's", () => {
  const received = {
    headers: { 'x-death': [{}], 'x-first-death-reason': 'maxlen', 'x-delivery-count': 3, kept: 1 },
  };
  const { headers, properties } = readProperties(received as unknown as MessageProperties);
  assert.deepEqual([headers, properties], [{ kept: 1 }, {}]);
});

/** amqplib leaves out what is undefined. */
function sent(headers: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}
