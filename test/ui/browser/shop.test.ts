import assert from 'node:assert/strict';
import { setupBrowser } from '../../kit/browser/browserTest.ts';
import { openShop } from '../../kit/browser/shop.ts';
import { decode } from '../../kit/rigs/rig.ts';
import { within } from '../../kit/processes/until.ts';

const browserTest = setupBrowser();

for (const transport of ['sqlite', 'rabbitmq'] as const) {
  browserTest(`the page is served on a running pipeline on ${transport}`, async (tools) => {
    const shop = await openShop(tools.t, { transport });
    await tools.openPage(shop.ui.address);
    const happyEnd = await shop.arrivals(shop.happyEnd);
    await shop.send('order-1', { order: 1, lines: [{ quantity: 2, price: '1.50' }] });
    const arrived = decode(await within(happyEnd.take(), 'the order at happy-end'));
    assert.deepEqual(arrived['payload'], {
      order: 1,
      lines: [{ quantity: 2, price: '1.50' }],
      total: 3,
    });
  });
}
