import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import type { ErrorRow, Look } from '../../../../src/cli/ui/errors/contract.ts';
import { pageFolder } from '../../../../src/cli/ui/server/http/staticFiles.ts';
import type { Route } from '../../../../src/cli/ui/server/routes/route.ts';
import { setupBrowser } from '../../../kit/browser/browserTest.ts';
import { jsonRoute, SESSION } from '../../../kit/browser/servedPage.ts';
import { within } from '../../../kit/processes/until.ts';
import { TOKEN, startUiServer } from '../../../kit/ui/uiServer.ts';

const browserTest = setupBrowser();

function row(number: number, id: string): ErrorRow {
  return { row: number, id, journey: id, text: 'broken', sizeBytes: 100, actor: 'infer' };
}

/** A message has another number in the next look, because one in front of it has left the queue. */
const LOOKS: ReadonlyMap<string, readonly ErrorRow[]> = new Map([
  ['first', [row(0, 'order-1'), row(1, 'order-2')]],
  ['second', [row(0, 'order-2'), row(1, 'order-3')]],
]);

interface Discarded {
  readonly look: string;
  readonly body: unknown;
}

/** Serves both looks, one after the other. The requests for the second one have no answer. */
async function serveLooks(t: TestContext) {
  const discarded = Promise.withResolvers<Discarded>();
  const unread = [...LOOKS.keys()];
  const read = (path: string, answer: (rows: readonly ErrorRow[]) => unknown): Route => ({
    method: 'GET',
    path: `/api/errors/looks/:look/${path}`,
    handle: async ({ parameter, closed }) => {
      if (parameter('look') === 'second') await once(closed, 'abort');
      return { kind: 'json', value: answer(LOOKS.get(parameter('look')) ?? []) };
    },
  });
  const { port } = await startUiServer(t, {
    folder: pageFolder(),
    routes: [
      jsonRoute('/api/session', SESSION),
      {
        method: 'POST',
        path: '/api/errors/looks',
        handle: () => ({ kind: 'json', value: createLook(unread.shift() ?? '') }),
      },
      read('groups', () => ({ count: 2, total: 0, groups: [] })),
      read('rows', (rows) => ({ count: 2, rows })),
      read('arrived', () => ({ count: 12 })),
      read('rows/1', (rows) => rows[1]),
      {
        method: 'POST',
        path: '/api/errors/looks/:look/discard',
        handle: ({ parameter, body }) => {
          discarded.resolve({ look: parameter('look'), body });
          return { kind: 'json', value: {} };
        },
      },
    ],
  });
  const address = `http://127.0.0.1:${port}/#token=${TOKEN}&view=errors&show=messages`;
  return { address, discarded: discarded.promise };
}

function createLook(id: string): Look {
  return {
    id,
    queue: 'error-end',
    asOf: new Date().toISOString(),
    count: 2,
    archiveFolder: '/archive',
    actors: ['infer'],
    codes: [],
  };
}

/** Refreshes, and resolves when the page has asked for the rows of the second look. */
async function refresh(page: Page): Promise<void> {
  const asked = page.waitForRequest(/looks\/second\/rows/);
  await page.getByRole('button', { name: 'Refresh' }).click();
  await asked;
}

browserTest('the view reports how many messages have arrived since the look', async (tools) => {
  const { address } = await serveLooks(tools.t);
  const page = await tools.openPage(address);
  await page.getByText(/^12 more since/).waitFor();
  await refresh(page);
  await page.getByText(/^12 more since/).waitFor({ state: 'detached' });
});

browserTest('an open message stays the one to act on while a refresh is shown', async (tools) => {
  const { address, discarded } = await serveLooks(tools.t);
  const page = await tools.openPage(`${address}&message=order-2&row=1`);
  await page.getByRole('button', { name: 'Discard …' }).waitFor();
  await refresh(page);
  await page.keyboard.press('d');
  await page.getByRole('button', { name: 'Discard order-2' }).click();
  const body = { selection: { rows: [1] } };
  assert.deepEqual(await within(discarded, 'the request'), { look: 'first', body });
});

browserTest(
  'rows that are selected while a refresh is shown belong to their list',
  async (tools) => {
    const { address, discarded } = await serveLooks(tools.t);
    const page = await tools.openPage(address);
    await page.getByLabel('Select order-1').waitFor();
    await refresh(page);
    await page.getByLabel('Select order-2').click();
    await page.getByRole('button', { name: 'Discard …' }).click();
    await page.getByRole('button', { name: 'Discard order-2' }).click();
    const body = { selection: { rows: [1] } };
    assert.deepEqual(await within(discarded, 'the request'), { look: 'first', body });
  },
);
