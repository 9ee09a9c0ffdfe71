import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { setupBrowser } from '../../../kit/browser/browserTest.ts';
import { openShop } from '../../../kit/browser/shop.ts';
import { MIB } from '../../../../src/units.ts';
import { checkUnharmed, MARKUP } from '../hostileTexts.ts';
import { waitForErrors } from './failedOrders.ts';

const browserTest = setupBrowser();

const IDS = ['<b onmouseover="hacked=1">id</b>', 'javascript:hacked=1', '__proto__', 'a\u202Eb'];

/** JSON text: duplicate keys, a lone surrogate, and more digits than a number of JavaScript has. */
const PAYLOAD = `{
  "fail_at": "price",
  "reason": ${JSON.stringify(`${MARKUP} \u202E \u0007`)},
  "__proto__": {"polluted": 1},
  "twice": 1, "twice": 2,
  "lone": "\\ud800",
  "digits": 12345678901234567890.10,
  ${JSON.stringify(MARKUP)}: ${JSON.stringify(MARKUP)}
}`;

browserTest('hostile messages stay text', async ({ t, openPage }) => {
  const shop = await openShop(t, { transport: 'sqlite' });
  const [actor = ''] = shop.route;
  const send = (id: string, payload: string): Promise<void> =>
    shop.put(
      actor,
      Buffer.from(
        `{"id":${JSON.stringify(id)},"route":{"actors":["${actor}"],"current":0},"payload":${payload}}`,
      ),
    );
  for (const id of IDS) await send(id, PAYLOAD);
  await send('large', `{"fail_at":"price","text":"${'x'.repeat(10 * MIB)}"}`);
  await send('deep', `{"fail_at":"price","nested":${'['.repeat(9_990)}${']'.repeat(9_990)}}`);
  await shop.put(actor, Buffer.from(`not an envelope ${MARKUP} \u202E`));

  const page = await openPage(shop.ui.addressOf('errors', { show: 'messages' }));
  await waitForErrors(page, 7);
  await page.getByRole('row').nth(1).click();
  const panel = page.getByRole('region', { name: 'Message', exact: true });
  for (let index = 0; index < IDS.length + 3; index++) {
    await panel.getByRole('heading', { name: 'Error' }).waitFor();
    await checkUnharmed(page);
    await page.keyboard.press('j');
  }

  await openMessage(page, String.raw`a\u202eb`);
  const tree = panel.getByRole('tree', { name: 'Payload' });
  await tree.getByText('12345678901234567890.10').waitFor();
  await tree.getByText(String.raw`"\ud800"`).waitFor();
  assert.equal(await tree.getByText('"twice"').count(), 2);
  await tree.getByText('"__proto__"').waitFor();
  await tree.getByText(String.raw`\u202e`).waitFor();
  await panel
    .getByText(String.raw`<script>hacked=1</script> \u202e \u0007`)
    .first()
    .waitFor();

  await openMessage(page, 'large');
  await panel.getByRole('button', { name: 'Replay …' }).click();
  await page.getByText('The payload of 10.0 MiB is too large to be changed here').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await openMessage(page, 'deep');
  await panel.getByRole('button', { name: 'Raw' }).first().click();
  await panel.getByText('[[[[[[[[').first().waitFor();
  await checkUnharmed(page);
});

async function openMessage(page: Page, id: string): Promise<void> {
  await page.getByRole('row').filter({ hasText: id }).first().click();
  await page.getByRole('heading', { name: id, exact: true }).waitFor();
}
