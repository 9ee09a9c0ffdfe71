import { openProxy } from '../../../kit/brokers/proxy.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';
import { setupBrowser } from '../../../kit/browser/browserTest.ts';
import { openShop } from '../../../kit/browser/shop.ts';
import { failOrders, waitForErrors } from './failedOrders.ts';

const browserTest = setupBrowser();

/** The server answers with the cause, which the browser reports as an error of the request. */
const EXPECTED = [/Failed to load resource: the server responded with a status of 50\d/];

browserTest('without its broker, the page keeps the last look', async ({ t, openPage }) => {
  const url = new URL(sharedBroker().url);
  const brokerPort = Number(url.port || '5672');
  const proxy = await openProxy(brokerPort);
  url.port = String(proxy.port);
  const uiVariables = { ASYA_RABBITMQ_URL: url.href };
  const shop = await openShop(t, { transport: 'rabbitmq', uiVariables });
  await failOrders(shop, 3);
  const page = await openPage(shop.ui.addressOf('errors'), { expected: EXPECTED });
  await waitForErrors(page, 4);

  proxy.cutConnections();
  await proxy.close();
  await page.getByRole('button', { name: 'Refresh' }).click();
  await page
    .getByText(/^The queue could not be read: .+ The page shows what it has read before\.$/)
    .waitFor();
  await page.getByRole('row', { name: /order 4711/ }).waitFor();
  await page.getByRole('button', { name: 'Discard all …' }).click();
  await page.getByRole('button', { name: 'Discard 4 messages' }).click();
  const results = page.getByRole('region', { name: 'Results' });
  await results.getByText('Not discarded: 4 messages').waitFor();

  const returned = await openProxy(brokerPort, proxy.port);
  t.after(() => returned.close());
  await shop.send('order-9', { order: 9, fail_at: 'price' });
  await waitForErrors(page, 5);
  await page.getByText('The queue could not be read').waitFor({ state: 'hidden' });
  await page.getByRole('row', { name: /order 4711/ }).click();
  await page
    .getByRole('region', { name: 'Message', exact: true })
    .getByText('12,50')
    .first()
    .waitFor();
});
