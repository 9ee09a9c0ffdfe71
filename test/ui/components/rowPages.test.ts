import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RowPages } from '../../../ui/components/rowPages.ts';

interface Request {
  readonly offset: number;
  readonly limit: number;
  readonly signal: AbortSignal;
  readonly answer: PromiseWithResolvers<readonly number[]>;
}

function createPages() {
  const requests: Request[] = [];
  const errors: unknown[] = [];
  let changes = 0;
  const pages = new RowPages<number>({
    load: (offset, limit, signal) => {
      const answer = Promise.withResolvers<readonly number[]>();
      requests.push({ offset, limit, signal, answer });
      return answer.promise;
    },
    onChange: () => (changes += 1),
    onError: (error) => errors.push(error),
  });
  return { pages, requests, errors, changes: () => changes };
}

async function answerAll(requests: Request[]): Promise<void> {
  for (const { offset, limit, answer } of requests.splice(0))
    answer.resolve(Array.from({ length: limit }, (_, index) => offset + index));
  await new Promise(setImmediate);
}

test('rows are requested once, by the pages that are shown', async () => {
  const { pages, requests, changes } = createPages();
  pages.show(90, 210);
  pages.show(95, 215);
  const asked = requests.map(({ offset, limit }) => [offset, limit]);
  assert.deepEqual(asked, [
    [0, 100],
    [100, 100],
    [200, 100],
  ]);
  assert.equal(pages.at(150), undefined);
  await answerAll(requests);
  assert.equal(pages.at(150), 150);
  assert.equal(changes(), 3);
  pages.show(90, 210);
  assert.equal(requests.length, 0);
});

test('requests for rows that are not shown any more are given up', async () => {
  const { pages, requests, changes } = createPages();
  pages.show(0, 50);
  pages.show(40_000, 40_050);
  assert.deepEqual(
    requests.map(({ offset, signal }) => [offset, signal.aborted]),
    [
      [0, true],
      [40_000, false],
    ],
  );
  await answerAll(requests);
  assert.equal(pages.at(0), undefined);
  assert.equal(pages.at(40_001), 40_001);
  assert.equal(changes(), 1);
});

test('a failed request is reported, and repeated when its rows are shown again', async () => {
  const { pages, requests, errors } = createPages();
  pages.show(0, 50);
  requests.shift()?.answer.reject(new Error('lost'));
  await new Promise(setImmediate);
  assert.deepEqual(errors, [new Error('lost')]);
  pages.show(0, 50);
  await answerAll(requests);
  assert.equal(pages.at(7), 7);
});

test('the pages that were shown last are kept, at most 40', async () => {
  const { pages, requests } = createPages();
  for (let page = 0; page < 40; page += 1) {
    pages.show(page * 100, page * 100 + 1);
    await answerAll(requests);
  }
  pages.show(0, 1);
  pages.show(4_000, 4_001);
  await answerAll(requests);
  assert.equal(pages.at(0), 0);
  assert.equal(pages.at(100), undefined);
  assert.equal(pages.at(200), 200);
});

test('cleared pages are requested again', async () => {
  const { pages, requests } = createPages();
  pages.show(0, 1);
  pages.clear();
  assert.equal(requests[0]?.signal.aborted, true);
  pages.show(0, 1);
  assert.equal(requests.length, 2);
});
