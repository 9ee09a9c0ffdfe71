import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { checkAccessibility } from '../../../kit/browser/accessibility.ts';
import { setupBrowser } from '../../../kit/browser/browserTest.ts';
import { openShop } from '../../../kit/browser/shop.ts';
import { until, within } from '../../../kit/processes/until.ts';
import { decode } from '../../../kit/rigs/rig.ts';
import { failOrders, ORDER_4711, waitForErrors } from './failedOrders.ts';

const browserTest = setupBrowser();

for (const transport of ['sqlite', 'rabbitmq'] as const) {
  browserTest(`order 4711 is found, fixed and replayed on ${transport}`, async (tools) => {
    const { t, openPage } = tools;
    const shop = await openShop(t, { transport });
    await failOrders(shop, 30);
    const happyEnd = await shop.arrivals(shop.happyEnd);
    const page = await openPage(shop.ui.addressOf('errors'));
    await waitForErrors(page, 31);
    await checkAccessibility(page);

    await page.getByLabel('Error text or id').fill('4711');
    await page.getByRole('status').filter({ hasText: '1 message in 1 group' }).waitFor();
    await page.getByRole('row', { name: /order 4711/ }).click();
    const panel = page.getByRole('region', { name: 'Message', exact: true });
    await panel.getByText("ValueError: order 4711: '12,50' is not a price").first().waitFor();
    await panel.getByText('raise ValueError').waitFor();
    await panel.getByText(`${shop.route[0]}, failed here`).waitFor({ state: 'attached' });
    await checkAccessibility(page);

    await panel.getByRole('button', { name: 'Replay …' }).click();
    await changePayload(page, '"12,50"', '"12.50');
    await page.getByText(/^line 7, column \d+: /).waitFor();
    await page.getByRole('button', { name: 'Replay order-4711' }).click();
    assert.equal(happyEnd.arrived.length, 0, 'invalid JSON is not sent');
    await page.locator('textarea:focus').waitFor();
    await changePayload(page, '"12.50', '"12.50"');
    await page.getByRole('listitem').filter({ hasText: '/lines/0/price' }).waitFor();
    await checkAccessibility(page);
    await page.getByRole('button', { name: 'Replay order-4711' }).click();

    const results = page.getByRole('region', { name: 'Results' });
    await results.getByText('Replayed order-4711. It reached happy-end.').waitFor();
    await panel.getByText('replayed').waitFor();
    await panel.getByRole('link', { name: 'Follow its journey' }).waitFor();
    const { id, payload } = decode(await within(happyEnd.take(), 'the order at happy-end'));
    assert.equal(id, 'order-4711');
    const lines = [{ ...ORDER_4711.lines[0], price: '12.50' }];
    assert.deepEqual(payload, { ...ORDER_4711, lines, total: 25 });
    const link = results.getByRole('link', { name: 'Follow its journey' });
    assert.match((await link.getAttribute('href')) ?? '', /view=journey&id=order-4711$/);
    await checkAccessibility(page);
    await link.click();
    await page.getByRole('heading', { name: /^Journey/ }).waitFor();
    await page.goBack();
    await results.getByText('Replayed order-4711. It reached happy-end.').waitFor();
    await panel.getByText('It is not in the queue any more.').waitFor();
    assert.equal(await panel.getByRole('button', { name: 'Try again' }).count(), 0);
  });
}

async function changePayload(page: Page, before: string, after: string): Promise<void> {
  const editor = page.getByRole('textbox', { name: 'Payload' });
  await editor.waitFor();
  await until(async () => (await editor.inputValue()).includes(before), `${before} in the editor`);
  const text = await editor.inputValue();
  await editor.fill(text.replace(before, after));
}

browserTest('the text of a group is a link to its messages', async ({ t, openPage }) => {
  const shop = await openShop(t, { transport: 'sqlite' });
  await failOrders(shop, 6);
  const page = await openPage(shop.ui.addressOf('errors'));
  await waitForErrors(page, 7);
  const link = page.getByRole('link', { name: 'no such address 2' });
  const address = new URL((await link.getAttribute('href')) ?? '', page.url()).href;
  const tab = await openPage(address);
  await tab.getByText('2 messages', { exact: true }).waitFor();
  await link.click();
  await page.getByText('2 messages', { exact: true }).waitFor();
  await page.waitForURL(address);
});
