import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { checkAccessibility } from '../../../kit/browser/accessibility.ts';
import { setupBrowser } from '../../../kit/browser/browserTest.ts';
import { setupFailedOrders, waitForErrors } from './failedOrders.ts';
import { untilEqual, untilMatches } from '../../../kit/processes/until.ts';

const browserTest = setupBrowser();
const openFailed = setupFailedOrders(6);

browserTest('the errors fit on a phone, in both color schemes', async ({ openPage }) => {
  const shop = await openFailed();
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await openPage(shop.ui.addressOf('errors'), { colorScheme, width: 360 });
    await waitForErrors(page, 7);
    await checkFit(page);
    await page.getByRole('row', { name: /order 4711/ }).click();
    await page.getByRole('tree', { name: 'Payload' }).waitFor();
    await checkFit(page);
    await page.getByRole('button', { name: 'Replay …' }).click();
    await page.getByRole('textbox', { name: 'Payload' }).waitFor();
    await checkFit(page);
  }
});

async function checkFit(page: Page): Promise<void> {
  await checkAccessibility(page);
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360);
}

const MAX_TABS = 60;

/** Presses Tab until the element with the focus has a text in its name or content. */
async function tabTo(page: Page, text: string): Promise<void> {
  for (let tabs = 0; tabs < MAX_TABS; tabs++) {
    await page.keyboard.press('Tab');
    if ((await focused(page)).includes(text)) return;
  }
  assert.fail(`the Tab key does not reach "${text}"`);
}

function focused(page: Page): Promise<string> {
  return page.evaluate<string>(
    '(document.activeElement.labels?.[0] ?? document.activeElement).textContent',
  );
}

browserTest('a row that is opened while the user types stays open', async ({ openPage }) => {
  const shop = await openFailed();
  const page = await openPage(shop.ui.addressOf('errors'));
  await waitForErrors(page, 7);
  await page.evaluate(
    `{
      const field = document.querySelector('.errors-filters input');
      field.value = '47';
      field.dispatchEvent(new Event('input', { bubbles: true }));
      [...document.querySelectorAll('tr')].find((row) => row.textContent.includes('4711')).click();
    }`,
  );
  const heading = page.getByRole('heading', { name: 'order-4711', exact: true });
  await heading.waitFor();
  await page.getByRole('tree', { name: 'Payload' }).waitFor();
  await untilEqual(() => page.getByLabel('Error text or id').inputValue(), '');
  assert.equal(await heading.isVisible(), true);
});

browserTest('a link to an id opens its message once', async ({ openPage }) => {
  const shop = await openFailed();
  const page = await openPage(shop.ui.addressOf('errors', { id: 'order-4711' }));
  await waitForErrors(page, 7);
  const heading = page.getByRole('heading', { name: 'order-4711', exact: true });
  await heading.waitFor();
  await page.getByRole('button', { name: 'Close the message' }).click();
  await heading.waitFor({ state: 'hidden' });
  await untilMatches(() => focused(page), /order-4711/);
  assert.equal(await heading.isVisible(), false);
});

// It replays a message, so that it is the last one.
browserTest('a message is found, read and replayed with the keyboard', async ({ openPage }) => {
  const shop = await openFailed();
  const page = await openPage(shop.ui.addressOf('errors'), { colorScheme: 'dark', width: 1280 });
  await waitForErrors(page, 7);
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await checkAccessibility(page);
  await page.keyboard.press('Escape');

  await tabTo(page, 'Error text or id');
  await page.keyboard.type('no such address 2');
  await page.getByText('2 messages in 1 group').waitFor();
  await tabTo(page, 'no such address 2');
  await page.keyboard.press('Enter');
  await page.getByText('2 messages', { exact: true }).waitFor();
  await page.keyboard.press('j');
  await untilMatches(() => focused(page), /order-2/);
  await page.keyboard.press('x');
  await page.getByText('1 message selected').waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'order-2', exact: true }).waitFor();
  await untilEqual(() => focused(page), 'order-2');
  await page.keyboard.press('j');
  await page.getByRole('heading', { name: 'order-5', exact: true }).waitFor();
  await page.keyboard.press('k');
  await page.getByRole('heading', { name: 'order-2', exact: true }).waitFor();
  await page.getByRole('tree', { name: 'Payload' }).waitFor();

  await page.keyboard.press('d');
  await page.getByRole('dialog', { name: 'Discard order-2?' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.keyboard.press('r');
  await page.getByRole('textbox', { name: 'Payload' }).waitFor();
  await tabTo(page, 'Replay order-2');
  await page.keyboard.press('Enter');
  await page.getByText('Replayed order-2.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'order-2', exact: true }).waitFor({ state: 'hidden' });
  await untilMatches(() => focused(page), /order-2/);
});
