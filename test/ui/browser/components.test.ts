import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Page } from 'playwright-core';
import { buildPage } from '../../../scripts/buildPage.ts';
import { checkAccessibility } from '../../kit/browser/accessibility.ts';
import { setupBrowser, type BrowserTest } from '../../kit/browser/browserTest.ts';
import { startUiServer } from '../../kit/ui/uiServer.ts';
import { untilEqual, untilMatches } from '../../kit/processes/until.ts';

const browserTest = setupBrowser();
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asya-gallery-'));
  await buildPage({ output: folder, main: 'gallery/main.tsx' });
});
after(() => rm(folder, { recursive: true, force: true }));

async function openGallery({ t, openPage }: BrowserTest, colorScheme: 'light' | 'dark' = 'light') {
  const { port } = await startUiServer(t, { folder });
  const page = await openPage(`http://127.0.0.1:${port}/`, { colorScheme });
  await page.getByRole('heading', { name: 'Components' }).waitFor();
  return page;
}

/** The text of the element that has the focus. */
const focused = (page: Page): Promise<string> => page.evaluate('document.activeElement.innerText');

for (const colorScheme of ['light', 'dark'] as const) {
  browserTest(`the components are accessible in ${colorScheme}`, async (tools) => {
    const page = await openGallery(tools, colorScheme);
    await page.getByRole('row', { name: 'order-15' }).first().waitFor();
    await checkAccessibility(page);
    await page.getByRole('button', { name: 'Open dialog' }).click();
    await page.getByRole('dialog').waitFor();
    await checkAccessibility(page);
  });
}

browserTest('a dialog returns the focus to its opener', async (tools) => {
  const page = await openGallery(tools);
  await page.getByRole('button', { name: 'Open dialog' }).click();
  await page.getByRole('dialog', { name: 'Discard 3 messages' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await untilEqual(() => focused(page), 'Open dialog');
});

browserTest('the keys move through the rows of a table and open one', async (tools) => {
  const page = await openGallery(tools);
  const table = page.getByRole('table', { name: 'Hops' });
  const row = (index: number) => table.locator(`tr[data-index="${index}"]:focus`);
  await table.locator('tr[data-index="0"]').focus();
  await page.keyboard.press('ArrowDown');
  await row(1).waitFor();
  await page.keyboard.press('End');
  await row(59).waitFor();
  await page.keyboard.press('PageUp');
  await page.keyboard.press('Enter');
  await page.getByRole('status').filter({ hasText: 'row 39' }).waitFor();
});

browserTest(
  'a row keeps its place for the keys when another row appears above it',
  async (tools) => {
    const page = await openGallery(tools);
    const table = page.getByRole('table', { name: 'Hops' });
    await table.locator('tr[data-index="3"]').focus();
    await page.evaluate(
      "[...document.querySelectorAll('button')].find((it) => it.textContent === 'Add a row').click()",
    );
    await table.getByText('order-60').waitFor();
    await page.keyboard.press('ArrowDown');
    await table.locator('tr:focus').getByText('order-4', { exact: true }).waitFor();
  },
);

browserTest('a table is sorted by its heads', async (tools) => {
  const page = await openGallery(tools);
  const table = page.getByRole('table', { name: 'Hops' });
  const first = table.locator('tbody tr').first();
  await table.getByRole('button', { name: 'Count' }).click();
  await first.getByText(/order-0\b/).waitFor();
  await table.getByRole('button', { name: 'Count' }).click();
  await first.getByText(/order-59\b/).waitFor();
  const head = table.getByRole('columnheader', { name: 'Count' });
  await untilEqual(() => head.getAttribute('aria-sort'), 'descending');
});

browserTest('a hostile payload is text in its tree', async (tools) => {
  const page = await openGallery(tools);
  const tree = page.getByRole('tree', { name: 'Payload' });
  for (const text of [
    '"big": 12345678901234567890.10',
    '"twice": 2 duplicate key',
    '"html": "<img src=x onerror=document.title=1>"',
    '"missing": NaN',
  ])
    await tree.getByText(text).waitFor();
  await page.getByText('Not valid JSON: line 1').waitFor();
  assert.equal(await page.locator('img').count(), 0);
});

browserTest('the keys move through a tree, and its focused line is named', async (tools) => {
  const page = await openGallery(tools);
  const tree = page.getByRole('tree', { name: 'Payload' });
  await tree.getByRole('treeitem').first().focus();
  await page.keyboard.press('End');
  await untilMatches(() => focused(page), /"missing": NaN/);
  await tree.getByRole('treeitem', { name: '"list"' }).focus();
  await tree.getByRole('treeitem', { name: '"list"' }).click();
  await page.keyboard.press('ArrowRight');
  await page.getByText('/list/0', { exact: true }).waitFor();
  await tree.getByText('Show 100 more of 150').click();
  await tree.getByText('Show 50 more of 50').click();
  await tree.getByText('249: 249').waitFor();
});

browserTest('the editor selects its first error, and formats valid JSON', async (tools) => {
  const page = await openGallery(tools);
  const editor = page.getByLabel('New payload');
  await page.getByText('line 2, column 4: "," or "]" expected').waitFor();
  await page.getByRole('button', { name: 'Go to the error' }).click();
  await page.keyboard.type(',4');
  await page.getByRole('button', { name: 'Format' }).click();
  const formatted = '{\n  "a": [\n    1,\n    2,\n    3,\n    4\n  ]\n}';
  await untilEqual(() => editor.inputValue(), formatted);
});
