import assert from 'node:assert/strict';
import test from 'node:test';
import {
  addUp,
  createTally,
  type Tally,
  type End,
  type Row,
} from '../../../examples/demo/tally.ts';

test('what an end has received is not lost', () => {
  const books = setup('a', 'b');
  arrive(books, 'happy-end', 'a');
  assert.deepEqual(books.rows(), [{ ...NOTHING, kind: 'text', sent: 2, happy: 1, lost: 1 }]);
});

test('the first of a fan-out to arrive tells of the others, which are lost until they arrive', () => {
  const books = setup('a');
  const fanout = { of: 'a', index: 2, total: 3, hop: 1 };
  arrive(books, 'happy-end', 'a.1.2', fanout);
  assert.deepEqual(books.rows(), [
    { ...NOTHING, kind: 'text', sent: 1, fannedOut: 2, happy: 1, lost: 2 },
  ]);
  arrive(books, 'happy-end', 'a', { ...fanout, index: 0 });
  arrive(books, 'happy-end', 'a.1.1', { ...fanout, index: 1 });
  assert.deepEqual(books.rows(), [{ ...NOTHING, kind: 'text', sent: 1, fannedOut: 2, happy: 3 }]);
});

test('what arrives again is a duplicate, and what is missing no less lost for it', () => {
  const books = setup('a', 'b');
  arrive(books, 'happy-end', 'a');
  arrive(books, 'happy-end', 'a');
  assert.deepEqual(books.rows(), [
    { ...NOTHING, kind: 'text', sent: 2, happy: 1, lost: 1, duplicates: 1 },
  ]);
});

test('what arrives at the other end, or was never sent, is astray', () => {
  const books = setup('a');
  arrive(books, 'error-end', 'a');
  arrive(books, 'happy-end', 'x');
  assert.deepEqual(books.rows(), [
    { ...NOTHING, kind: 'text', sent: 1, error: 1, astray: 1 },
    { ...NOTHING, kind: 'never sent', happy: 1, astray: 1 },
  ]);
});

test('adds kinds up', () => {
  const text = { ...NOTHING, kind: 'text', sent: 2, happy: 1, lost: 1 };
  const fanout = { ...NOTHING, kind: 'fan-out', sent: 1, fannedOut: 2, happy: 3, duplicates: 1 };
  const total = {
    ...NOTHING,
    kind: 'total',
    sent: 3,
    happy: 4,
    fannedOut: 2,
    lost: 1,
    duplicates: 1,
  };
  assert.deepEqual(addUp([text, fanout]), total);
});

const NOTHING: Omit<Row, 'kind'> = {
  sent: 0,
  fannedOut: 0,
  happy: 0,
  error: 0,
  lost: 0,
  duplicates: 0,
  astray: 0,
};

function setup(...ids: string[]): Tally {
  const books = createTally();
  for (const id of ids)
    books.sent({ id, to: 'split', kind: 'text', end: 'happy-end', body: Buffer.of() });
  return books;
}

function arrive(books: Tally, end: End, id: string, fanout?: object): void {
  const headers = fanout === undefined ? {} : { 'x-asya-fanout': fanout };
  books.arrived(end, Buffer.from(JSON.stringify({ id, headers, payload: null })));
}
