import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { checkAccessibility } from '../../kit/browser/accessibility.ts';
import { setupBrowser } from '../../kit/browser/browserTest.ts';
import { untilEqual } from '../../kit/processes/until.ts';
import { openShop, setupShop, type Shop, type ShopOptions } from '../../kit/browser/shop.ts';

const browserTest = setupBrowser();

const folder = await mkdtemp(join(tmpdir(), 'asya-journey-'));
after(() => rm(folder, { recursive: true, force: true }));

/** The sidecars of a shop write their spans to a file that the page follows. */
function setupTracedShop(transport: ShopOptions['transport']): () => Promise<Shop> {
  const file = join(folder, `${transport}.jsonl`);
  return setupShop({
    transport,
    args: ['--traces', file, '--jaeger', 'http://jaeger.example:16686'],
    sidecarVariables: { ASYA_TRACE_FILE: file, OTEL_BSP_SCHEDULE_DELAY: '50' },
  });
}

const shops = { sqlite: setupTracedShop('sqlite'), rabbitmq: setupTracedShop('rabbitmq') };

function rowsOf(page: Page): Locator {
  return page.getByRole('treegrid', { name: 'Waterfall' }).locator('[role=row][data-index]');
}

function factOf(page: Page, name: string): Locator {
  return page.locator('.journey-facts .fact').filter({ hasText: name }).locator('dd');
}

const stateOf = (page: Page): Locator => factOf(page, 'State');

const ORDER = { order: 4711, lines: [{ quantity: 2, price: '1.50' }] };
const BAD_ORDER = { order: 4711, lines: [{ quantity: 2, price: 'free' }] };

/** Nothing may be wider than the page. */
async function checkWidth(page: Page): Promise<void> {
  const [content, visible] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  );
  assert.ok(content <= visible, `${content} pixels on ${visible}`);
}

for (const transport of ['sqlite', 'rabbitmq'] as const) {
  browserTest(`a pasted id shows the journey from its traces on ${transport}`, async (tools) => {
    const shop = await shops[transport]();
    await shop.send('pasted', ORDER);
    const page = await tools.openPage(shop.ui.addressOf('journey'));
    await page.getByRole('link', { name: 'pasted' }).waitFor();
    await checkAccessibility(page);
    await page.getByLabel('Id of a journey or an envelope').last().fill('  "pasted",');
    await page.getByRole('button', { name: 'Show journey' }).click();
    await stateOf(page).getByText('done').waitFor();
    await page.getByRole('heading', { level: 1, name: 'Journey pasted', exact: true }).waitFor();
    await untilEqual(
      () => rowsOf(page).locator('.journey-name-text').allInnerTexts(),
      [...shop.route],
    );
    const stops = page.getByRole('region', { name: 'Route' }).getByRole('listitem');
    await untilEqual(
      () => stops.locator('.journey-stop-text').allInnerTexts(),
      [...shop.route, shop.happyEnd],
    );
    const jaeger = await page.getByRole('link', { name: /^Jaeger/ }).getAttribute('href');
    assert.match(jaeger ?? '', /^http:\/\/jaeger\.example:16686\/trace\/[\da-f]{32}$/);
    await checkAccessibility(page);
  });

  browserTest(`a replayed journey waits, and then ends well on ${transport}`, async (tools) => {
    const shop = await shops[transport]();
    await shop.send('replayed', BAD_ORDER);
    const page = await tools.openPage(shop.ui.addressOf('journey', { id: 'replayed' }), MISSING);
    await stateOf(page).getByText('failed').waitFor();
    const error = page.getByRole('region', { name: 'Error' });
    const text = "ValueError: order 4711: 'free' is not a price";
    await error.getByText(text, { exact: true }).waitFor();
    await error.getByRole('region', { name: 'Traceback' }).waitFor();
    await checkAccessibility(page);
    const link = await error.getByRole('link', { name: 'Open in Errors' }).getAttribute('href');
    assert.match(link ?? '', /&view=errors&id=replayed$/);

    await replay(page, shop, 'replayed', { payload: JSON.stringify(ORDER) });
    await stateOf(page).getByText('done').waitFor();
    await rowsOf(page).filter({ hasText: 'replay' }).first().waitFor();
    await untilEqual(() => error.count(), 0);
  });
}

/** A journey is not found before its first hop has ended. */
const MISSING = { expected: [/404/] };

/** Replays the failed messages of an id as the errors view does, and loads the journey again. */
async function replay(page: Page, shop: Shop, id: string, edits: object): Promise<void> {
  const url = new URL(shop.ui.address);
  const headers = {
    authorization: `Bearer ${new URLSearchParams(url.hash.slice(1)).get('token')}`,
    'content-type': 'application/json',
  };
  const post = async (path: string, body: object): Promise<string> => {
    const request = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(new URL(path, url), request);
    assert.equal(response.status, 200);
    return response.text();
  };
  const look: { id: string } = JSON.parse(await post('/api/errors/looks', { isParked: false }));
  const events = await post(`/api/errors/looks/${look.id}/replay`, {
    selection: { filter: { id } },
    edits,
  });
  assert.match(events, /"kind":"done","done":1/);
  await page.reload();
}

browserTest('a journey that waits is updated until it ends', async (tools) => {
  const shop = await shops.sqlite();
  const gate = join(folder, 'gate');
  const [, stock = ''] = shop.route;
  await shop.send('waits', { orders: [ORDER, { ...ORDER, wait_for: gate }] });
  const page = await tools.openPage(shop.ui.addressOf('journey', { id: 'waits' }), MISSING);
  await stateOf(page).getByText(`waiting for ${stock}`).waitFor();
  const fanout = rowsOf(page).first();
  await fanout.getByText(`waiting for ${stock}`).waitFor();
  await page.locator('.journey-stop[data-state=waiting]').getByText(stock).waitFor();
  await checkAccessibility(page);
  await writeFile(gate, '');
  await stateOf(page).getByText('done').waitFor();
  await untilEqual(() => page.getByText('waiting for').count(), 0);
});

/** 30 orders, of which two have a price that is not a number. */
const ORDERS = Array.from({ length: 30 }, (_, index) => {
  return index === 7 || index === 29
    ? { ...ORDER, fail_at: 'stock', reason: `no address <b>${index}</b>` }
    : ORDER;
});

browserTest('a wide fan-out is folded, shows its failed children, and unfolds', async (tools) => {
  const shop = await shops.sqlite();
  await shop.send('wide', { orders: ORDERS });
  const page = await tools.openPage(shop.ui.addressOf('journey', { id: 'wide' }), MISSING);
  const [, stock = ''] = shop.route;
  const folded = rowsOf(page).filter({ hasText: 'and 9 more: 9 done' });
  await folded.waitFor();
  const failed = page.locator('.journey-row[data-failed]');
  await untilEqual(() => failed.count(), 2);
  await failed.last().getByText('no address <b>29</b>').waitFor();
  await page.getByRole('region', { name: 'Errors (2)' }).waitFor();
  await page.locator('.journey-stop[data-state=failed]').getByText('2 failed here').waitFor();
  await checkAccessibility(page);
  await folded.getByRole('button', { name: 'Show all' }).click();
  await page.getByRole('button', { name: 'Fold wide fan-outs' }).waitFor();
  const children = rowsOf(page).filter({ hasText: new RegExp(`^${stock} \\[|▾${stock} \\[`) });
  await untilEqual(() => children.count(), 30);
});

browserTest('the waterfall is used by keyboard', async (tools) => {
  const shop = await shops.sqlite();
  await shop.send('keys', ORDER);
  const page = await tools.openPage(shop.ui.addressOf('journey', { id: 'keys' }), MISSING);
  await stateOf(page).getByText('done').waitFor();
  const [price = '', stock = '', ship = ''] = shop.route;
  const readout = page.locator('.journey-readout');
  await rowsOf(page).first().focus();
  await readout.getByText(price).waitFor();
  await readout.getByText('in the runtime').waitFor();
  await page.keyboard.press('ArrowDown');
  await readout.getByText(stock).waitFor();
  await page.keyboard.press('End');
  await readout.getByText(ship).waitFor();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowLeft');
  await untilEqual(() => rowsOf(page).count(), 1);
  await untilEqual(() => rowsOf(page).first().getAttribute('aria-expanded'), 'false');
  await page.keyboard.press('ArrowRight');
  await untilEqual(() => rowsOf(page).count(), 3);
});

browserTest(
  'without traces, the hops of the sidecars are shown, and what is unknown',
  async (tools) => {
    const shop = await openShop(tools.t, { transport: 'sqlite' });
    const page = await tools.openPage(shop.ui.addressOf('journey'), MISSING);
    await page.getByText('Waterfalls need --traces FILE.').waitFor();
    await page.getByText('No journeys yet').waitFor();
    await checkAccessibility(page);
    await shop.send('order-1', { orders: [ORDER, { ...ORDER, fail_at: 'stock' }] });
    await page.getByRole('link', { name: 'order-1' }).click();
    await stateOf(page).getByText('failed').waitFor();
    await rowsOf(page).filter({ hasText: 'stock' }).filter({ hasText: '[1]' }).waitFor();
    await page.getByText('Times in queues and error texts need --traces FILE.').waitFor();
    await page.getByText('UnknownAddress: no such address').first().waitFor();
  },
);

browserTest('the recent journeys are filtered by state', async (tools) => {
  const shop = await shops.sqlite();
  await shop.send('good', ORDER);
  await shop.send('bad', BAD_ORDER);
  const page = await tools.openPage(shop.ui.addressOf('journey'));
  await page.getByRole('link', { name: 'good' }).waitFor();
  await page.getByRole('row').filter({ hasText: 'bad' }).getByText('failed').waitFor();
  await page.getByLabel('State').selectOption('failed');
  await page.getByRole('link', { name: 'good' }).waitFor({ state: 'detached' });
  await page.waitForURL(/&state=failed/);
  await page.getByLabel('State').selectOption('waiting');
  await page.getByText(/^None of the newest \d+ journeys is waiting$/).waitFor();
  await page.getByRole('button', { name: 'Show all states' }).click();
  await page.getByRole('link', { name: 'good' }).waitFor();
  await page.getByRole('row').filter({ hasText: 'bad' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Journey bad' }).waitFor();
});

browserTest(
  'hostile ids, actors and errors stay text, at phone width and in the dark',
  async (tools) => {
    const shop = await shops.sqlite();
    const id = '"><img src=x onerror=alert(1)>/../%2e__proto__ \u202E';
    const reason = `\u202E<script>alert(1)</script>${'x'.repeat(3_000)}`;
    await shop.send(id, { ...ORDER, fail_at: 'stock', reason });
    const options = { colorScheme: 'dark', width: 360, ...MISSING } as const;
    const page = await tools.openPage(shop.ui.addressOf('journey', { id }), options);
    await stateOf(page).getByText('failed').waitFor();
    assert.equal(await page.locator('.view img, .view script').count(), 0);
    await page
      .getByText(String.raw`\u202e<script>alert(1)</script>`)
      .first()
      .waitFor();
    await checkWidth(page);
    await checkAccessibility(page);
    await page.goto(shop.ui.addressOf('journey'));
    await page.getByRole('link', { name: 'onerror' }).waitFor();
    await checkWidth(page);
    await checkAccessibility(page);
  },
);

browserTest(
  'an id that no source has names the sources, and is found when it appears',
  async (tools) => {
    const shop = await shops.sqlite();
    const page = await tools.openPage(shop.ui.addressOf('journey', { id: 'order-9' }), MISSING);
    await page.getByText('No source has this journey').waitFor();
    await page.getByText('not in the trace files, nor in the last hops').waitFor();
    await checkAccessibility(page);
    await shop.send('order-9', ORDER);
    await stateOf(page).getByText('done').waitFor();
  },
);

// It stops the server, so that it is the last one.
browserTest('a journey stays on the page while its server is away', async (tools) => {
  const shop = await shops.sqlite();
  await shop.send('stays', { orders: [ORDER] });
  const page = await tools.openPage(shop.ui.addressOf('journey', { id: 'stays' }), {
    expected: [/404/, /failed/i],
  });
  await stateOf(page).getByText('done').waitFor();
  await shop.ui.stop();
  await page.getByText('does not answer').waitFor();
  assert.equal(await stateOf(page).innerText(), '✓\ndone');
});
