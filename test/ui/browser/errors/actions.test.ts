import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { setupBrowser } from '../../../kit/browser/browserTest.ts';
import { openShop, type Shop } from '../../../kit/browser/shop.ts';
import { startUiProcess } from '../../../kit/browser/uiProcess.ts';
import { untilEqual, within } from '../../../kit/processes/until.ts';
import { decode } from '../../../kit/rigs/rig.ts';
import { failOrders, setupFailedOrders, temporaryFolder, waitForErrors } from './failedOrders.ts';

const browserTest = setupBrowser();
const openFailed = setupFailedOrders(6);

for (const transport of ['sqlite', 'rabbitmq'] as const) {
  browserTest(`messages are exported, replayed and discarded on ${transport}`, async (tools) => {
    const { t, openPage } = tools;
    const folder = await temporaryFolder(t);
    const shop = await openShop(t, { transport, args: ['--archive-folder', folder] });
    await failOrders(shop, 12);
    const page = await openPage(shop.ui.addressOf('errors'));
    await waitForErrors(page, 13);
    const results = page.getByRole('region', { name: 'Results' });

    await page.getByRole('row', { name: /no such address 0/ }).click();
    await page.getByText('4 messages', { exact: true }).waitFor();
    await exportAll(page, 4);

    // A range, without the canary, to an actor that does not fail.
    await page.getByLabel('Select order-0', { exact: true }).click();
    await page.getByLabel('Select order-6').click({ modifiers: ['Shift'] });
    await page.getByText('3 messages selected').waitFor();
    await page.getByRole('button', { name: 'Replay …' }).click();
    await page.getByLabel('another route').check();
    await page.getByLabel('Actors, in order').fill(`${shop.route[0]}, ${shop.route[1]}`);
    await page.getByLabel('Send one first').uncheck();
    await page.getByLabel('Messages per second').fill('100');
    const happyEnd = await shop.arrivals(shop.happyEnd);
    await page.getByRole('button', { name: 'Replay 3 messages' }).click();
    await results.getByText('Replayed 3 messages.').waitFor();
    const arrived = [await take(happyEnd), await take(happyEnd), await take(happyEnd)];
    assert.deepEqual(arrived.toSorted(), ['order-0', 'order-3', 'order-6']);
    await page.getByText('1 message', { exact: true }).waitFor();
    const replayed = page.getByRole('row').filter({ hasText: 'replayed' });
    await replayed.nth(2).waitFor();
    await untilEqual(() => replayed.count(), 3);

    await page.getByRole('button', { name: 'Discard all …' }).click();
    await page.getByText(folder).waitFor();
    await page.getByRole('button', { name: 'Discard 1 message' }).click();
    await results.getByText('Discarded 1 message.').waitFor();
    const file = (await results.locator('code').textContent()) ?? '';
    const [line = ''] = (await readFile(file, 'utf8')).split('\n');
    assert.equal((JSON.parse(line) as { error: { id: string } }).error.id, 'order-9');
    await waitForErrors(page, 9);
  });
}

browserTest('a canary that fails stops the replay of the others', async ({ openPage }) => {
  const shop = await openFailed();
  const page = await openPage(shop.ui.addressOf('errors', { text: 'no such address 1' }));
  await waitForErrors(page, 7);
  await page.getByRole('button', { name: 'Replay all …' }).click();
  assert.equal(await page.getByLabel('Send one first').isChecked(), true);
  await page.getByRole('button', { name: 'Replay 2 messages' }).click();
  const results = page.getByRole('region', { name: 'Results' });
  await results.getByText('Replayed 1 of 2 messages; 1 message stays in error-end-').waitFor();
  await results.getByText(/"order-1" failed: runtime_error at "ship-.*no such address 1/).waitFor();
  // The failed canary is in the queue again.
  await waitForErrors(page, 7);
});

browserTest('a replay stops on request and reports what it has done', async ({ t, openPage }) => {
  const shop = await openShop(t, { transport: 'rabbitmq' });
  await failOrders(shop, 6);
  const page = await openPage(shop.ui.addressOf('errors', { text: 'no such address' }));
  await waitForErrors(page, 7);
  await page.getByRole('button', { name: 'Replay all …' }).click();
  await page.getByLabel('Send one first').uncheck();
  await page.getByLabel('Messages per second').fill('0.02');
  await page.getByRole('button', { name: 'Replay 6 messages' }).click();
  const results = page.getByRole('region', { name: 'Results' });
  await results.getByText('1 of 6').waitFor();
  // The action continues while another view is shown.
  await page.getByRole('link', { name: 'Live' }).click();
  await page.getByRole('heading', { name: 'Live' }).waitFor();
  await untilEqual(() => asksBeforeLeaving(page), true);
  await page.getByRole('link', { name: 'Errors' }).click();
  await results.getByRole('button', { name: 'Stop' }).click();
  await results.getByText('Replayed 1 of 6 messages; stopped; 5 messages stay').waitFor();
  await untilEqual(() => asksBeforeLeaving(page), false);
});

browserTest(
  'a read-only server shows errors and refuses to change them',
  async ({ t, openPage }) => {
    const { variables } = await openFailed();
    const ui = await startUiProcess(t, variables, ['--listen', '127.0.0.1:0', '--read-only']);
    const page = await openPage(ui.addressOf('errors'));
    await waitForErrors(page, 7);
    await page.getByText('Messages cannot be replayed or discarded here: the server was').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Replay all …' }).isDisabled(), true);
    assert.equal(await page.getByRole('button', { name: 'Discard all …' }).isDisabled(), true);
    await exportAll(page, 7);
  },
);

async function exportAll(page: Page, count: number): Promise<void> {
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export all' }).click();
  const download = await downloading;
  assert.match(download.suggestedFilename(), /^error-end-.*\.jsonl$/);
  const text = await readFile(await download.path(), 'utf8');
  assert.equal(text.trimEnd().split('\n').length, count);
  await page.getByText(`Exported ${count} messages.`).waitFor();
}

/** Whether the page wants the browser to ask the user, who closes it. */
function asksBeforeLeaving(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('!dispatchEvent(new Event("beforeunload", { cancelable: true }))');
}

async function take(arrivals: Awaited<ReturnType<Shop['arrivals']>>): Promise<string> {
  return String(decode(await within(arrivals.take(), 'an order at happy-end'))['id']);
}
