import assert from 'node:assert/strict';
import { test } from 'node:test';
import { payloadChanges } from '../../../ui/errors/actions/payloadChanges.ts';

test('each value that differs is named by its pointer', () => {
  const before = '{"order":4711,"lines":[{"price":"12,50"},{"price":"3.00"}],"a/b~c":1}';
  const after = '{"order": 4711, "lines": [{"price": "12.50"}], "a/b~c": 2, "new": {"x": []}}';
  assert.deepEqual(payloadChanges(before, after, 10), [
    { pointer: '/lines/0/price', before: '"12,50"', after: '"12.50"' },
    { pointer: '/lines/1', before: '{ 1 member }', after: undefined },
    { pointer: '/a~1b~0c', before: '1', after: '2' },
    { pointer: '/new', before: undefined, after: '{ 1 member }' },
  ]);
});

test('a number is compared digit by digit', () => {
  const [change] = payloadChanges('12345678901234567890', '12345678901234567891', 10);
  assert.deepEqual(change, {
    pointer: '',
    before: '12345678901234567890',
    after: '12345678901234567891',
  });
  assert.deepEqual(payloadChanges('[1.0,{"__proto__":1}]', ' [ 1.0, {"__proto__": 1} ]', 10), []);
});

test('the changes are limited', () => {
  const list = (value: number): string => JSON.stringify(Array.from({ length: 100 }, () => value));
  assert.equal(payloadChanges(list(1), list(2), 21).length, 21);
});

test('10,000 levels are compared without recursion', () => {
  const nested = (value: string): string => '['.repeat(10_000) + value + ']'.repeat(10_000);
  assert.equal(payloadChanges(nested('1'), nested('2'), 10).length, 1);
  assert.equal(payloadChanges(nested('1'), nested(' 1 '), 10).length, 0);
});
