import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BATCH_LISTS } from '../../../src/runtime/http/batchLists.ts';
import { requestHeadersOf } from '../../../src/runtime/http/requestHeaders.ts';
import { KIB } from '../../../src/units.ts';
import { batchOf, request, type RequestLike } from '../../kit/runtimes/request.ts';

function item(id: string, payload = '1'): RequestLike {
  const headers = { 'x-asya-journey-id': 'j', 'x-asya-deadline': '2099-01-02T03:04:05Z' };
  const route = { actors: ['infer'], current: 0 };
  return { envelope: JSON.stringify({ id, headers, route, payload: JSON.parse(payload) }) };
}

test('the headers of a batch list its items as percent-encoded values', () => {
  const call = batchOf([{ ...item('a,b'), attempt: 2 }, item('ä', '2'), item('c', '3')]);
  const { 'asya-timeout-ms': timeoutMs, ...others } = Object.fromEntries(requestHeadersOf(call));
  assert.match(String(timeoutMs), /^\d+$/);
  assert.deepEqual(others, {
    'content-type': 'application/json',
    'asya-batch': '3',
    'asya-envelope-id': 'a%2Cb,%C3%A4,c',
    'asya-attempt': '2,1,1',
    'asya-idempotency-key':
      'a%2Cb.0.6b86b273ff34fce1,%C3%A4.0.d4735e3a265e16ee,c.0.4e07408562bedb8b',
    'asya-actor': 'infer',
  });
});

test('a batch of one has lists of one', () => {
  const headers = requestHeadersOf(batchOf([item('a')]));
  assert.equal(headers.get('asya-batch'), '1');
  assert.equal(headers.get('asya-envelope-id'), 'a');
  assert.equal(headers.get('asya-deadline'), undefined);
  assert.equal(headers.get('asya-journey-id'), undefined);
});

test('the size of an entry is that of its longest form', () => {
  for (const id of ['a', 'ä,', 'a'.repeat(KIB), 'ä'.repeat(170), 'a'.repeat(KIB - 5)]) {
    const call = batchOf([item(id)]);
    const headers = requestHeadersOf(call);
    const longest = Math.max(
      headers.get('asya-envelope-id')?.length ?? 0,
      headers.get('asya-idempotency-key')?.length ?? 0,
    );
    assert.equal(BATCH_LISTS.sizeOf(request(item(id))), longest + 1, id);
  }
});

test('three full lists and the trace context stay below the limit of servers', () => {
  const ids = Array.from({ length: 4 }, (_, index) => String(index).repeat(1_000));
  const [first = '', ...others] = ids;
  const context = {
    traceparent: '00-a-b-01',
    tracestate: 's'.repeat(512),
    baggage: 'b'.repeat(8000),
  };
  const call = { ...batchOf([item(first), ...others.map((id) => item(id))]), context };
  const headers = [...requestHeadersOf(call)];
  const sizeBytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  assert.ok(sizeBytes < 16_000, String(sizeBytes));
  assert.ok(headers.some(([name]) => name === 'traceparent'));
});

// docs/runtime-protocols.md has this number.
test('73 envelopes with UUIDs as ids fit into the lists', () => {
  const entryBytes = BATCH_LISTS.sizeOf(request(item('123e4567-e89b-42d3-a456-426614174000')));
  assert.equal(Math.floor(BATCH_LISTS.maxBytes / entryBytes), 73);
});
