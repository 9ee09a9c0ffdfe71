import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorMessage, ErrorRow, Look } from '../../../src/cli/ui/errors/contract.ts';
import type { Client } from '../../../ui/client/client.ts';
import { ProblemError } from '../../../ui/client/errors.ts';
import { readMessage } from '../../../ui/errors/data/readMessage.ts';

const LOOK: Look = {
  id: 'look',
  queue: 'error-end',
  asOf: '2026-11-29T15:00:00.000Z',
  count: 3,
  archiveFolder: '/archive',
  actors: [],
  codes: [],
};
const ROWS: readonly ErrorRow[] = [
  { row: 0, id: 'other', journey: 'twice', text: '', sizeBytes: 1 },
  { row: 1, id: 'twice', journey: 'twice', text: '', sizeBytes: 1, gone: 'replayed' },
  { row: 2, id: 'twice', journey: 'twice', text: '', sizeBytes: 1 },
];

/** Answers as the server does. */
const CLIENT: Pick<Client, 'get'> = {
  get: <Answer>(path: string) => {
    const url = new URL(path, 'http://127.0.0.1');
    const id = url.searchParams.get('id');
    const rows = ROWS.filter((row) => row.id === id || row.journey === id);
    const answer = url.pathname.endsWith('/rows')
      ? { count: rows.length, rows }
      : ROWS[Number(url.pathname.split('/').at(-1))];
    return Promise.resolve(answer as Answer);
  },
};

function read(id: string, row: number | undefined): Promise<ErrorMessage> {
  return readMessage(CLIENT, LOOK, { id, row }, new AbortController().signal);
}

test('a message is read at its row', async () => {
  assert.equal((await read('twice', 2)).row, 2);
});

test('a message that is known to be gone is not requested', async () => {
  const isGone = (error: unknown): boolean =>
    error instanceof ProblemError &&
    error.status === 410 &&
    error.message.endsWith('it was replayed');
  await assert.rejects(read('twice', 1), isGone);
});

test('a row of an earlier look is ignored, and a message in the queue is preferred', async () => {
  assert.equal((await read('twice', 0)).row, 2);
  assert.equal((await read('twice', undefined)).row, 2);
});

test('an id that the look does not contain is named', async () => {
  const isNotFound = (error: unknown): boolean =>
    error instanceof ProblemError && error.status === 404 && error.message.startsWith('"gone" is');
  await assert.rejects(read('gone', 0), isNotFound);
});
