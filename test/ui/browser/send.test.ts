import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { checkAccessibility } from '../../kit/browser/accessibility.ts';
import { setupBrowser } from '../../kit/browser/browserTest.ts';
import { setupShop, type Shop } from '../../kit/browser/shop.ts';
import { startUiProcess } from '../../kit/browser/uiProcess.ts';
import { openProxy } from '../../kit/brokers/proxy.ts';
import { sharedBroker } from '../../kit/brokers/sharedBroker.ts';
import { until, untilEqual, untilMatches } from '../../kit/processes/until.ts';

const browserTest = setupBrowser();
const shops = {
  sqlite: setupShop({ transport: 'sqlite' }),
  rabbitmq: setupShop({ transport: 'rabbitmq' }),
};

/** The browser reports a refused request on its console. */
const REFUSED = { expected: [/Failed to load resource/] };

function sendView({ ui, route }: Pick<Shop, 'ui' | 'route'>): string {
  return ui.addressOf('send', { actors: route.join(',') });
}

const payloadOf = (page: Page): Locator => page.getByRole('textbox', { name: 'Payload' });
const actorOf = (page: Page, place: number): Locator => page.getByLabel(`Actor ${place} of`);
const resultOf = (page: Page): Locator => page.getByRole('region', { name: 'Result' });

/** Sends a payload, and resolves when the result has this line. */
async function send(page: Page, payload: string, result: string): Promise<void> {
  await payloadOf(page).fill(payload);
  await payloadOf(page).press('Control+Enter');
  await resultOf(page).getByText(result).waitFor();
}

for (const transport of ['sqlite', 'rabbitmq'] as const) {
  browserTest(`an envelope is sent with the keyboard alone on ${transport}`, async (tools) => {
    const shop = await shops[transport]();
    const page = await tools.openPage(shop.ui.addressOf('send'));
    const keys = page.keyboard;
    await actorOf(page, 1).focus();
    for (const [index, name] of shop.route.toReversed().entries()) {
      if (index > 0) await keys.press('Enter');
      await keys.type(name);
    }
    await page.locator('input[aria-label="Actor 3 of 3"]:focus').waitFor();
    await keys.press('Alt+ArrowUp');
    await keys.press('Alt+ArrowUp');
    await actorOf(page, 2).press('Alt+ArrowDown');
    const names = (): Promise<string[]> =>
      page.evaluate(
        "[...document.querySelectorAll('.send-route-row input')].map(({ value }) => value)",
      );
    await untilEqual(names, [...shop.route]);
    const hostile = '"</script><img src=x onerror=alert(1)>"';
    await send(
      page,
      `{"order": 4711, "lines": [], "big": 9007199254740993123, "text": ${hostile}}`,
      'Reached happy-end',
    );
    const tree = page.getByRole('tree', { name: 'Answer' });
    await tree.getByText('9007199254740993123').waitFor();
    await tree.getByText('<img src=x onerror=alert(1)>').waitFor();
    assert.equal(await page.locator('img').count(), 0);
    const link = resultOf(page).getByRole('link', { name: 'Open its journey' });
    assert.match((await link.getAttribute('href')) ?? '', /view=journey&id=[\w-]{36}$/);
    await untilMatches(
      () => shop.ui.output(),
      /send by 127\.0\.0\.1: envelope "[\w-]{36}" to "price-\w+"; 1 answer\n/,
    );
  });
}

browserTest('the failures of a fan-out come first, with text, code and actor', async (tools) => {
  const shop = await shops.sqlite();
  const page = await tools.openPage(sendView(shop));
  const failing = '{"order": 2, "fail_at": "ship", "reason": "\\u202e<b>no such street</b>"}';
  await send(page, `{"orders": [{"order": 1}, ${failing}, {"order": 3}]}`, '1 of 3 envelopes');
  await page.locator('[aria-live]').getByText('1 of 3 envelopes reached error-end').waitFor();
  assert.equal(await page.getByRole('alert').count(), 0, 'the announcer alone reads the end');
  const answers = resultOf(page).getByRole('list', { name: 'Answers' }).locator('> li');
  await untilEqual(() => answers.count(), 3);
  const [failed = '', ...others] = await answers.allInnerTexts();
  assert.match(failed, /error-end\s+\[1\]/);
  assert.match(failed, /runtime_error at ship-\w+\s+UnknownAddress: \\u202e<b>no such street<\/b>/);
  assert.deepEqual(
    others.map((text) => /\[\d\]/.exec(text)?.[0]),
    ['[0]', '[2]'],
  );
  await answers.nth(1).getByText('{"order": 1}').click();
  await answers.nth(1).getByRole('tree').getByText('"order"').waitFor();
});

for (const colorScheme of ['light', 'dark'] as const) {
  browserTest(`form and result are accessible and fit a phone in ${colorScheme}`, async (tools) => {
    const shop = await shops.sqlite();
    const page = await tools.openPage(sendView(shop), { colorScheme, width: 360 });
    await send(page, '{"orders": [{"order": 1}, {"fail_at": "stock"}]}', '1 of 2 envelopes');
    await page.getByText('Headers', { exact: true }).click();
    await payloadOf(page).fill('{"a": }');
    await page.getByText('line 1, column 7').waitFor();
    await checkAccessibility(page);
    const isWider = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
    assert.equal(await page.evaluate<boolean>(isWider), false);
  });
}

browserTest('an invalid field has the focus and its error; nothing is sent', async (tools) => {
  const shop = await shops.sqlite();
  const before = shop.ui.output();
  const page = await tools.openPage(sendView(shop), REFUSED);
  await actorOf(page, 2).fill('x y');
  await payloadOf(page).press('Control+Enter');
  await page.locator('input[aria-label="Actor 2 of 3"][aria-invalid]:focus').waitFor();
  await page.getByText('"x y" is not a valid actor name', { exact: true }).waitFor();
  await actorOf(page, 2).fill(shop.route[1] ?? '');
  await untilEqual(() => page.getByText('is not a valid actor name').count(), 0);
  await payloadOf(page).fill('{"a": 1');
  await page.getByText('line 1, column 8').waitFor();
  await page.getByRole('button', { name: 'Send' }).click();
  await page.locator('textarea:focus').waitFor();
  assert.equal(await resultOf(page).count(), 0);
  await payloadOf(page).fill('1');
  await page.getByLabel('Wait for the answers').fill('soon');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('wait must be a duration').waitFor();
  assert.doesNotMatch(shop.ui.output().slice(before.length), /envelope "/);
});

browserTest('a missing queue of the first actor is an error of its row', async (tools) => {
  const shop = await shops.sqlite();
  const page = await tools.openPage(shop.ui.addressOf('send', { actors: 'nowhere' }));
  const text = 'not stored: no queue for actor "nowhere"';
  await send(page, '1', 'Not stored: no queue for actor "nowhere"');
  await page.locator('input[aria-label="Actor 1 of 1"][aria-invalid]:focus').waitFor();
  await page.getByText(text, { exact: true }).waitFor();
});

browserTest('a read-only page sends nothing', async (tools) => {
  const { variables, route } = await shops.sqlite();
  const args = ['--listen', '127.0.0.1:0', '--read-only'];
  const ui = await startUiProcess(tools.t, variables, args);
  const page = await tools.openPage(sendView({ ui, route }));
  await page.getByText('This page is read-only').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Send' }).isDisabled());
  await payloadOf(page).press('Control+Enter');
  assert.equal(await resultOf(page).count(), 0);
});

// The runtimes wait for good then, so that these tests are the last ones.
browserTest(
  'the user stops the wait, looks elsewhere, and finds form and result again',
  async (tools) => {
    const shop = await shops.sqlite();
    const page = await tools.openPage(sendView(shop));
    const payload = '{"order": 1, "wait_for": "/nonexistent/file"}';
    await send(page, payload, 'Waiting for the answer');
    await page.getByRole('link', { name: 'Live', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Live' }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Stop waiting' }).click();
    await resultOf(page).getByText('Stopped', { exact: true }).waitFor();
    await untilEqual(() => payloadOf(page).inputValue(), payload);
    await until(() => /; stopped; 1 of 1 answers missing/.test(shop.ui.output()), 'the log line');
    await page.getByRole('button', { name: 'Send again' }).waitFor();
  },
);

browserTest(
  'when the time is over, the result says how many answers are missing',
  async (tools) => {
    const shop = await shops.rabbitmq();
    const page = await tools.openPage(sendView(shop));
    await page.getByLabel('Wait for the answers').fill('2s');
    const payload = '{"wait_for": "/nonexistent/file"}';
    await send(page, payload, 'Time over after 2s; 1 of 1 answers missing');
  },
);

browserTest(
  'a broker that goes away ends the wait, and is named at the next attempt',
  async (tools) => {
    const url = new URL(sharedBroker().url);
    const proxy = await openProxy(Number(url.port || 5672));
    tools.t.after(() => proxy.close());
    url.port = String(proxy.port);
    const { variables, route } = await shops.rabbitmq();
    const proxied = { ...variables, ASYA_RABBITMQ_URL: url.href };
    const ui = await startUiProcess(tools.t, proxied, ['--listen', '127.0.0.1:0']);
    const page = await tools.openPage(sendView({ ui, route }));
    await send(page, '{"wait_for": "/nonexistent/file"}', 'Waiting for the answer');
    await proxy.close();
    await resultOf(page).getByText('Reply queue lost: ').waitFor();
    await send(page, '1', 'Nothing was sent: ');
  },
);
