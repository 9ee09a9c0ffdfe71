import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultCodeOf, readReceived, readSent } from '../../../src/cli/ledger/readMessage.ts';

const ROUTE = { actors: ['a'], current: 0 };

test('an envelope is read with its id, and an arrival with its fan-out too', () => {
  const fanout = { of: 'e', index: 1, total: 3, hop: 0 };
  const body = encode({
    id: 'e.0.1',
    route: ROUTE,
    headers: { 'x-asya-fanout': fanout },
    payload: 1,
  });
  assert.equal(readSent(body).id, 'e.0.1');
  assert.deepEqual(readReceived(body), { id: 'e.0.1', fanout });
});

test('bytes that are not an envelope get the id under which they reach error-end', () => {
  const body = Buffer.from('no json');
  assert.match(readSent(body).id, /^sha256-[0-9a-f]{64}$/);
  assert.equal(readSent(body).id, readReceived(body).id);
});

test('an arrival may have a route in any state', () => {
  assert.equal(readReceived(encode({ id: 'e', route: 'gone', payload: 1 })).id, 'e');
});

test('an implausible fan-out width is ignored', () => {
  const fanout = { of: 'e', index: 1, total: 2 ** 52, hop: 0 };
  const body = encode({ id: 'e.0.1', headers: { 'x-asya-fanout': fanout }, payload: 1 });
  assert.equal(readReceived(body).fanout, undefined);
});

test('the fault code is read from an error envelope', () => {
  const error = { error: 'x', details: { code: 'runtime_timeout' }, original_payload: 1 };
  const codeOf = (body: Buffer): string => faultCodeOf({ body });
  assert.equal(codeOf(encode({ id: 'e', payload: error })), 'runtime_timeout');
  assert.equal(codeOf(encode({ id: 'e', payload: 1 })), 'no error envelope');
  assert.equal(codeOf(encode({ id: 'e', payload: { details: null } })), 'no error envelope');
  assert.equal(codeOf(Buffer.from('no json')), 'no error envelope');
});

test('the fault code of an unwrapped original is read from its error headers or its dead letter', () => {
  const body = encode({ id: 'e', payload: 1 });
  const headers = { 'asya-error-code': 'reply_invalid' };
  assert.equal(faultCodeOf({ body, headers }, 'error-end'), 'reply_invalid');
  const deadLetter = { queue: 'infer', reason: 'delivery_limit', atMs: undefined };
  assert.equal(
    faultCodeOf({ body, headers: {}, deadLetter }, 'error-end'),
    'redelivered_too_often',
  );
});

function encode(envelope: object): Buffer {
  return Buffer.from(JSON.stringify(envelope));
}
