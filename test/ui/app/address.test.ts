import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress, parseAddress } from '../../../ui/app/address.ts';

test('an address has a token, a view and parameters', () => {
  const { token, view, params } = parseAddress(
    '#token=t0-k.e~n&view=errors&code=a%26b&text=%3Cb%3E',
  );
  assert.equal(token, 't0-k.e~n');
  assert.equal(view, 'errors');
  assert.deepEqual(
    [...params],
    [
      ['code', 'a&b'],
      ['text', '<b>'],
    ],
  );
});

test('an unknown or missing view is the pipeline', () => {
  assert.equal(parseAddress('#token=x').view, 'pipeline');
  assert.equal(parseAddress('#token=x&view=constructor').view, 'pipeline');
});

test('a token that no header can carry counts as missing', () => {
  for (const fragment of ['', '#', '#token=', '#token=a%0Ab', '#token=a%20b', '#token=%C3%A4'])
    assert.equal(parseAddress(fragment).token, undefined, fragment);
});

test('a formatted address is parsed to the same values', () => {
  const address = formatAddress('t+o/k=', 'journey', { id: 'a&view=send#ü', empty: undefined });
  const { token, view, params } = parseAddress(address);
  assert.equal(token, 't+o/k=');
  assert.equal(view, 'journey');
  assert.deepEqual([...params], [['id', 'a&view=send#ü']]);
});
