import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPropertiesWriter } from '../../src/transport/rabbitmq/properties.ts';

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
  const carried = { contentType: 'text/plain', headers: { list: [1, 2] } };
  const retry = write({ priority: 'high' }, carried, 'one');
  assert.deepEqual(sent(retry.headers), { list: [1, 2], priority: 'high' });
  const fresh = write({}, undefined, 'two');
  assert.deepEqual(sent(fresh.headers), {});
  assert.equal(fresh.contentType, 'application/json');
});

/** amqplib leaves out what is undefined. */
function sent(headers: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}
