import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { checkAccessibility } from '../../../kit/browser/accessibility.ts';
import { setupBrowser } from '../../../kit/browser/browserTest.ts';
import { setupShop, type Shop } from '../../../kit/browser/shop.ts';
import { startUiProcess } from '../../../kit/browser/uiProcess.ts';

const browserTest = setupBrowser();
const shops = {
  sqlite: setupShop({ transport: 'sqlite' }),
  rabbitmq: setupShop({ transport: 'rabbitmq' }),
};

const ORDER = { order: 1, lines: [{ quantity: 2, price: '1.50' }] };

const card = (page: Page, name: string) => page.locator(`.pipeline-card[data-actor="${name}"]`);

async function sendOrders({ send }: Shop, count: number): Promise<void> {
  for (let order = 0; order < count; order++) await send(`order-${order}`, ORDER);
}

for (const transport of ['sqlite', 'rabbitmq'] as const) {
  browserTest(`the pipeline of running sidecars is shown on ${transport}`, async (tools) => {
    const shop = await shops[transport]();
    const [price = '', stock = '', ship = ''] = shop.route;
    const page = await tools.openPage(shop.ui.address);
    await card(page, price).getByText('Ready', { exact: true }).waitFor();
    await sendOrders(shop, 3);
    for (const [from, to] of [
      [price, stock],
      [stock, ship],
      [ship, shop.happyEnd],
    ]) {
      await page.locator('.pipeline-edge title', { hasText: `${from} → ${to}` }).waitFor({
        state: 'attached',
      });
    }
    await card(page, shop.happyEnd).getByText('3', { exact: true }).waitFor();
    await checkAccessibility(page);

    // The runtime of `stock` disappears: its sidecar is not ready, and its queue gets longer.
    await shop.actors[1]?.runtime.kill();
    await card(page, stock)
      .getByText(/^Not ready: runtime: /)
      .waitFor();
    await sendOrders(shop, 4);
    await card(page, stock).getByText('4', { exact: true }).waitFor();
    await card(page, stock).click();
    const panel = page.getByRole('complementary', { name: 'Actor' });
    await panel.getByRole('heading', { name: stock }).waitFor();
    await panel.getByRole('img', { name: /^Messages waiting: waiting: now 4/ }).waitFor();
    await panel
      .getByText(/^runtime: /)
      .first()
      .waitFor();
  });
}

browserTest('without --sidecars, the view shows what the broker knows', async (tools) => {
  const shop = await shops.sqlite();
  const ui = await startUiProcess(tools.t, shop.variables, ['--listen', '127.0.0.1:0']);
  const page = await tools.openPage(ui.address);
  await page.getByText('need --sidecars ADDRESS').waitFor();
  await card(page, shop.happyEnd).getByText('3', { exact: true }).waitFor();
  assert.equal(await page.locator('.pipeline-edge').count(), 0);
});
