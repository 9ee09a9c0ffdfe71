import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  faultCodeOf as codeOfMessage,
  readReceived,
  readSent,
} from '../../../src/cli/ledger/readMessage.ts';

const ROUTE = { actors: ['a'], current: 0 };

test('an envelope is known by its id, and an arrival by the fan-out that it comes from', () => {
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

test('bytes that are no envelope have the id under which they reach error-end', () => {
  const body = Buffer.from('no json');
  assert.match(readSent(body).id, /^sha256-[0-9a-f]{64}$/);
  assert.equal(readSent(body).id, readReceived(body).id);
});

test('an end takes a route in any state, and so do the books', () => {
  assert.equal(readReceived(encode({ id: 'e', route: 'gone', payload: 1 })).id, 'e');
});

test('a width that nobody could have fanned out to is not believed', () => {
  const fanout = { of: 'e', index: 1, total: 2 ** 52, hop: 0 };
  const body = encode({ id: 'e.0.1', headers: { 'x-asya-fanout': fanout }, payload: 1 });
  assert.equal(readReceived(body).fanout, undefined);
});

test('the code of an error envelope is told; what is none came by the broker', () => {
  const error = { error: 'x', details: { code: 'runtime_timeout' }, original_payload: 1 };
  const codeOf = (body: Buffer): string => codeOfMessage({ body });
  assert.equal(codeOf(encode({ id: 'e', payload: error })), 'runtime_timeout');
  assert.equal(codeOf(encode({ id: 'e', payload: 1 })), 'no error envelope');
  assert.equal(codeOf(encode({ id: 'e', payload: { details: null } })), 'no error envelope');
  assert.equal(codeOf(Buffer.from('no json')), 'no error envelope');
});

test('the code of an original as it came is in its headers, or in what the broker says', () => {
  const body = encode({ id: 'e', payload: 1 });
  const headers = { 'asya-error-code': 'reply_invalid' };
  assert.equal(codeOfMessage({ body, headers }, 'error-end'), 'reply_invalid');
  const deadLetter = { queue: 'infer', reason: 'delivery_limit', atMs: undefined };
  assert.equal(
    codeOfMessage({ body, headers: {}, deadLetter }, 'error-end'),
    'redelivered_too_often',
  );
});

function encode(envelope: object): Buffer {
  return Buffer.from(JSON.stringify(envelope));
}
