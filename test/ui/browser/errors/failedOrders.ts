import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { setupShop, type Shop } from '../../../kit/browser/shop.ts';

/** An order with a price that is not a number. */
export const ORDER_4711 = {
  order: 4711,
  lines: [{ sku: 'A-1', quantity: 2, price: '12,50' }],
} as const;

/** Sends order 4711, and a number of orders that fail at `ship` with one of three errors. */
export async function failOrders(shop: Shop, count: number): Promise<void> {
  await shop.send('order-4711', ORDER_4711);
  for (let number = 0; number < count; number++) {
    const reason = `no such address ${number % 3}`;
    await shop.send(`order-${number}`, { order: number, fail_at: 'ship', reason });
  }
}

/** Returns a function that opens a shop with failed orders, which all tests of a file share. */
export function setupFailedOrders(count: number): () => Promise<Shop> {
  const open = setupShop({ transport: 'sqlite' });
  let failed: Promise<Shop> | undefined;
  const fail = async (): Promise<Shop> => {
    const shop = await open();
    await failOrders(shop, count);
    return shop;
  };
  return () => (failed ??= fail());
}

/** Refreshes until the queue has a number of failed messages. */
export async function waitForErrors(page: Page, count: number): Promise<void> {
  const all = page.getByText(`${count} messages in error-end-`);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const seen = await all.waitFor({ timeout: REFRESH_MS }).then(
      () => true,
      () => false,
    );
    if (seen) return;
    await page.getByRole('button', { name: 'Refresh' }).first().click();
  }
  await all.waitFor();
}

const MAX_ATTEMPTS = 40;
const REFRESH_MS = 500;

/** A folder for archives, which is removed after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-archives-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
