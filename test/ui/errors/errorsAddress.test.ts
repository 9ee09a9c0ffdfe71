import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  changeFilter,
  formatErrorsAddress,
  isFiltered,
  parseErrorsAddress,
} from '../../../ui/errors/address/errorsAddress.ts';

function read(text: string) {
  return parseErrorsAddress(new URLSearchParams(text));
}

function write(address: ReturnType<typeof read>): string {
  const given = Object.entries(formatErrorsAddress(address)).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return new URLSearchParams(given).toString();
}

test('an empty address shows the groups of error-end without a filter', () => {
  const address = read('');
  assert.deepEqual(address, {
    isParked: false,
    filter: {},
    show: 'groups',
    page: 0,
    message: undefined,
  });
  assert.equal(isFiltered(address), false);
  assert.equal(write(address), '');
});

test('an address is read as it was written', () => {
  for (const text of [
    'queue=parked&show=messages&text=4711&actor=price&code=runtime_error&since=6h&page=3',
    'show=groups&id=order-4711',
    'id=order-4711&until=2026-11-29T15%3A00%3A00.000Z&message=%3Cb%3E%26%23&row=7',
    'group=a%2Bb%3D&page=2',
  ])
    assert.equal(write(read(text)), text);
});

test('the messages of an id are shown at once, and its groups on request', () => {
  assert.equal(read('id=order-1').show, 'messages');
  assert.equal(read('id=order-1&show=groups').show, 'groups');
});

test('a group shows its messages, and is no filter of the user', () => {
  const address = read('group=key');
  assert.equal(address.show, 'messages');
  assert.equal(isFiltered(address), false);
});

test('invalid numbers and empty filters are ignored', () => {
  const { page, message, filter } = read('page=-1&message=x&row=1e9&text=&actor=');
  assert.deepEqual(
    { page, message, filter },
    { page: 0, message: { id: 'x', row: undefined }, filter: {} },
  );
  assert.equal(read('page=0').page, 0);
});

test('a changed filter starts at the first page without an open message', () => {
  const changed = changeFilter(read('text=a&code=timeout&page=4&message=m&row=1'), {
    text: '',
    actor: 'price',
  });
  assert.equal(write(changed), 'code=timeout&actor=price');
});
