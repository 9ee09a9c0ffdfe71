import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import type { Hop, HopsEvent } from '../../../src/cli/ui/hops/contract.ts';
import { pageFolder } from '../../../src/cli/ui/server/http/staticFiles.ts';
import type { Session } from '../../../src/cli/ui/server/contract.ts';
import { checkAccessibility } from '../../kit/browser/accessibility.ts';
import { setupBrowser } from '../../kit/browser/browserTest.ts';
import { jsonRoute, SESSION } from '../../kit/browser/servedPage.ts';
import { openShop } from '../../kit/browser/shop.ts';
import { until, untilEqual } from '../../kit/processes/until.ts';
import { startUiServer } from '../../kit/ui/uiServer.ts';
import { hop, hopsEvent } from '../live/hops.ts';

const browserTest = setupBrowser();

/** Some tests stop the server. */
const LOST = { expected: [/Failed to load resource/, /^failed request/] };
const TOKEN = 'the-token-of-the-page';

interface Feed {
  readonly address: string;
  readonly port: number;
  /** Sends an event to the page. */
  readonly send: (event: HopsEvent) => void;
  readonly close: () => Promise<void>;
}

interface FeedOptions {
  readonly port?: number;
  readonly server?: string;
  /** The events with which each connection begins. */
  readonly first?: readonly HopsEvent[];
  readonly session?: Session;
}

/** Serves the page with a stream of hops that the test sends. */
async function serveHops(t: TestContext, options: FeedOptions = {}): Promise<Feed> {
  const { port = 0, server = 'a', first = [], session = SESSION } = options;
  const readers = new Set<(event: HopsEvent) => void>();
  const started = await startUiServer(t, {
    address: { host: '127.0.0.1', port },
    token: TOKEN,
    folder: pageFolder(),
    routes: [
      jsonRoute('/api/session', session),
      {
        method: 'GET',
        path: '/api/hops',
        handle: ({ closed }) => ({
          kind: 'events',
          async write(events) {
            const write = (event: HopsEvent): void => void events.write(event);
            for (const event of [{ start: { server, next: 1 } }, ...first]) write(event);
            readers.add(write);
            const { promise, resolve } = Promise.withResolvers<void>();
            closed.addEventListener('abort', () => resolve());
            await promise;
            readers.delete(write);
          },
        }),
      },
    ],
  });
  return {
    address: `http://127.0.0.1:${started.port}/#token=${TOKEN}&view=live`,
    port: started.port,
    send: (event) => readers.forEach((write) => write(event)),
    close: started.close,
  };
}

const rows = (page: Page): Locator => page.locator('.live-table tbody tr[role=row]');
const firstRow = (page: Page, text: string): Locator => rows(page).first().getByText(text);
const pauseButton = (page: Page): Locator =>
  page.getByRole('button', { name: /^(?:Pause|Resume)/ });

/** The text of the list, without its spaces. */
async function idsOf(page: Page): Promise<string[]> {
  return rows(page).locator('.live-envelope').allInnerTexts();
}

function failed(number: number, values: Partial<Hop> = {}): Hop {
  return hop(number, { outcome: 'error_end', code: 'runtime_error', ...values });
}

for (const transport of ['sqlite', 'rabbitmq'] as const) {
  browserTest(`the hops of a pipeline appear as they happen on ${transport}`, async (tools) => {
    const shop = await openShop(tools.t, { transport });
    const page = await tools.openPage(shop.ui.addressOf('live'));
    await page.getByText('No hops yet').waitFor();
    await shop.send('order-1', { order: 1, fail_at: 'stock' });
    const failure = rows(page).filter({ hasText: 'error_end' });
    await failure.getByText('runtime_error').waitFor();
    assert.match((await failure.innerText()).replaceAll(/\s+/g, ' '), /stock-\w+ .*order-1 .* 1 /);
    await failure.getByRole('link', { name: 'order-1' }).click();
    await page.getByRole('heading', { level: 1, name: 'Journey' }).waitFor();
  });
}

browserTest('without the sidecars, the view names the option', async ({ t, openPage }) => {
  const sources = { ...SESSION.sources, sidecars: [] };
  const { address } = await serveHops(t, { session: { ...SESSION, sources } });
  const page = await openPage(address);
  await page.getByText('--sidecars ADDRESS', { exact: true }).waitFor();
});

browserTest('the newest hop is at the top; the text of a message stays text', async (tools) => {
  const { address, send } = await serveHops(tools.t, { first: [hopsEvent(1, 3)] });
  const page = await tools.openPage(address);
  await firstRow(page, 'env-3').waitFor();
  const hostile = '\u202E<img src=x onerror=alert(1)>';
  send({ hops: [hop(4, { id: hostile, actor: hostile, next: [hostile], outcome: hostile })] });
  const shown = String.raw`\u202e<img src=x onerror=alert(1)>`;
  for (const part of ['actor', 'envelope', 'next'])
    await rows(page).first().locator(`.live-${part}`).getByText(shown).waitFor();
  assert.equal(await page.locator('img').count(), 0);
});

browserTest('the filters are in the address, and apply to the hops in memory', async (tools) => {
  const first: HopsEvent = {
    hops: [hop(1), failed(2), failed(3, { actor: 'infer' }), hop(4, { attempt: 2 })],
  };
  const { address, send } = await serveHops(tools.t, { first: [first] });
  const page = await tools.openPage(address);
  await firstRow(page, 'env-4').waitFor();
  await page.getByLabel('Outcome').selectOption('failed');
  await firstRow(page, 'env-3').waitFor();
  await page.getByLabel('Actor').selectOption('infer');
  await untilEqual(() => rows(page).count(), 1);
  await page.waitForURL(/&actor=infer&outcome=failed$/);
  send({ hops: [failed(5, { actor: 'infer' }), hop(6)] });
  await firstRow(page, 'env-5').waitFor();
  await page.reload();
  await firstRow(page, 'env-3').waitFor();
  await page.getByLabel('Id', { exact: true }).fill('ENV-9');
  await page.getByText('No hop matches the filter').waitFor();
  await page.getByRole('button', { name: 'Show all hops' }).click();
  await firstRow(page, 'env-4').waitFor();
  await untilEqual(() => page.getByLabel('Id', { exact: true }).inputValue(), '');
  await page.waitForURL(/view=live$/);
});

browserTest('a letter that is typed while the address changes stays', async (tools) => {
  const { address } = await serveHops(tools.t, { first: [hopsEvent(1, 12)] });
  const page = await tools.openPage(address);
  await firstRow(page, 'env-12').waitFor();
  await page.evaluate(`{
    const field = document.querySelector('.live-filters input');
    const type = (text) => {
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    };
    addEventListener('hashchange', () => type('env-12'), { once: true });
    type('env-1');
  }`);
  await page.waitForURL(/id=env-12$/);
  await untilEqual(() => page.getByLabel('Id', { exact: true }).inputValue(), 'env-12');
});

browserTest(
  'the space bar pauses and resumes, and the button counts what arrives',
  async (tools) => {
    const { address, send } = await serveHops(tools.t, { first: [hopsEvent(1, 3)] });
    const page = await tools.openPage(address);
    await firstRow(page, 'env-3').waitFor();
    await page.keyboard.press('Space');
    await page.getByRole('status').getByText('Paused').waitFor();
    send(hopsEvent(4, 1_203));
    await page.getByRole('button', { name: 'Resume (1,200 new)' }).waitFor();
    assert.deepEqual(await idsOf(page), ['env-3', 'env-2', 'env-1']);
    await page.getByLabel('Id', { exact: true }).press('Space');
    assert.match(await pauseButton(page).innerText(), /^Resume/);
    await page.getByRole('heading', { level: 1 }).click();
    await page.keyboard.press('Space');
    await firstRow(page, 'env-1203').waitFor();
    await page.getByRole('status').getByText('Live').waitFor();
  },
);

browserTest('scrolling away pauses, and scrolling back resumes', async ({ t, openPage }) => {
  const { address, send } = await serveHops(t, { first: [hopsEvent(1, 500)] });
  const page = await openPage(address);
  await firstRow(page, 'env-500').waitFor();
  await page.getByRole('region', { name: 'Hops' }).focus();
  await page.keyboard.press('End');
  await rows(page).last().getByText('env-1', { exact: true }).waitFor();
  send(hopsEvent(501, 600));
  await page.getByRole('button', { name: 'Resume (100 new)' }).waitFor();
  await page.keyboard.press('Home');
  await firstRow(page, 'env-600').waitFor();
  await page.getByRole('status').getByText('Live').waitFor();
});

browserTest('a focused row pauses, so that it does not move away', async ({ t, openPage }) => {
  const { address, send } = await serveHops(t, { first: [hopsEvent(1, 3)] });
  const page = await openPage(address);
  await page.getByRole('link', { name: 'env-2' }).focus();
  send(hopsEvent(4, 10));
  await page.getByRole('button', { name: 'Resume (7 new)' }).waitFor();
  await page.locator('a:focus', { hasText: 'env-2' }).waitFor();
});

browserTest('the list is one stop of the tab key, with arrow keys', async ({ t, openPage }) => {
  const { address } = await serveHops(t, { first: [hopsEvent(1, 300)] });
  const page = await openPage(address);
  await firstRow(page, 'env-300').waitFor();
  const focused = (id: string) => page.locator('a:focus').getByText(id, { exact: true }).waitFor();
  await page.getByRole('region', { name: 'Hops' }).focus();
  await page.keyboard.press('Tab');
  await focused('env-300');
  await page.keyboard.press('ArrowDown');
  await focused('env-299');
  await page.keyboard.press('End');
  await focused('env-1');
  await page.keyboard.press('ArrowUp');
  await focused('env-2');
  await page.keyboard.press('Home');
  await focused('env-300');
  await untilEqual(() => page.locator('.live-table a:not([tabindex="-1"])').count(), 1);
  await page.keyboard.press('Tab');
  await untilEqual(() => page.locator('.live-table a:focus').count(), 0);
});

browserTest('under load, the page keeps few rows and stays usable', async ({ t, openPage }) => {
  const { address, send } = await serveHops(t);
  const page = await openPage(address);
  await page.getByText('No hops yet').waitFor();
  let last = 0;
  const timer = setInterval(() => {
    send(hopsEvent(last + 1, last + 50));
    last += 50;
  }, 50);
  t.after(() => clearInterval(timer));
  await page.getByText('hops/s,').waitFor();
  await until(async () => (await rows(page).count()) < 60, 'few rows');
  await page.keyboard.press('Space');
  await page.getByRole('status').getByText('Paused').waitFor();
  const [newest] = await idsOf(page);
  await page.getByRole('button', { name: /^Resume \(\d,\d{3} new\)$/ }).waitFor();
  assert.equal((await idsOf(page))[0], newest);
  await page.getByRole('region', { name: 'Hops' }).focus();
  await page.keyboard.press('End');
  await page.locator('.live-table tr[aria-rowindex="1001"]').waitFor();
  await until(async () => (await rows(page).count()) < 60, 'few rows');
  await page.keyboard.press('Space');
  await page.getByRole('status').getByText('Live').waitFor();
  await until(async () => (await idsOf(page))[0] !== newest, 'newer hops');
});

browserTest('dropped hops are a row of their own', async ({ t, openPage }) => {
  const { address, send } = await serveHops(t, { first: [hopsEvent(1, 2)] });
  const page = await openPage(address);
  await firstRow(page, 'env-2').waitFor();
  send({ dropped: 2_500 });
  send(hopsEvent(2_503, 2_503));
  await rows(page).nth(1).getByText('2,500 hops were not received').waitFor();
});

browserTest(
  'after the loss of its server, the page continues without duplicates',
  async (tools) => {
    const { t } = tools;
    const before = await serveHops(t, { first: [hopsEvent(1, 3)] });
    const page = await tools.openPage(before.address, LOST);
    await firstRow(page, 'env-3').waitFor();
    await before.close();
    await page.getByText('The connection is lost').waitFor();
    assert.deepEqual(await idsOf(page), ['env-3', 'env-2', 'env-1']);
    const again = await serveHops(t, { port: before.port, first: [hopsEvent(2, 5)] });
    await firstRow(page, 'env-5').waitFor();
    await untilEqual(() => idsOf(page), ['env-5', 'env-4', 'env-3', 'env-2', 'env-1']);
    await again.close();
    await serveHops(t, { port: before.port, server: 'b', first: [hopsEvent(1, 1)] });
    await rows(page).nth(1).getByText('The server was started again').waitFor();
    await firstRow(page, 'env-1').waitFor();
  },
);

for (const colorScheme of ['light', 'dark'] as const) {
  browserTest(`the list is accessible and fits a phone in ${colorScheme}`, async (tools) => {
    const hops = ['forward', 'retry', 'error_end', 'give_back', 'end', 'fanout', 'parked'].map(
      (outcome, index) => hop(index + 1, { outcome, id: 'x'.repeat(200) }),
    );
    const { address } = await serveHops(tools.t, { first: [{ hops }, { dropped: 3 }] });
    for (const width of [360, 1_280]) {
      const page = await tools.openPage(address, { colorScheme, width });
      await firstRow(page, 'parked').waitFor();
      await checkAccessibility(page);
      await page.keyboard.press('Space');
      await page.getByText('Paused').waitFor();
      await checkAccessibility(page);
      const isWider = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
      assert.equal(await page.evaluate<boolean>(isWider), false);
    }
  });
}
