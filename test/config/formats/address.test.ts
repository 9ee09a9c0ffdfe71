import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress, parseAddress } from '../../../src/config/formats/address.ts';

test('an address has a port and an optional host', () => {
  assert.deepEqual(parseAddress(':8080'), { host: undefined, port: 8080 });
  assert.deepEqual(parseAddress('127.0.0.1:0'), { host: '127.0.0.1', port: 0 });
  assert.deepEqual(parseAddress('localhost:9090'), { host: 'localhost', port: 9090 });
  assert.deepEqual(parseAddress('[::1]:9090'), { host: '::1', port: 9090 });
});

test('an invalid address is rejected', () => {
  for (const text of ['', '8080', ':', ':65536', '::1:80', 'a b:80', ':80x', 'http://x:80']) {
    assert.equal(parseAddress(text), undefined, text);
  }
});

test('an address is printed in the format in which it is read', () => {
  for (const text of [':8080', '127.0.0.1:0', '[::1]:9090']) {
    const address = parseAddress(text);
    assert.ok(address);
    assert.equal(formatAddress(address), text);
  }
});
