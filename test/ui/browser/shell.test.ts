import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import type { Session } from '../../../src/cli/ui/server/contract.ts';
import { pageFolder } from '../../../src/cli/ui/server/http/staticFiles.ts';
import { checkAccessibility } from '../../kit/browser/accessibility.ts';
import { setupBrowser } from '../../kit/browser/browserTest.ts';
import { jsonRoute, SESSION } from '../../kit/browser/servedPage.ts';
import { startUiServer } from '../../kit/ui/uiServer.ts';
import { until, untilEqual } from '../../kit/processes/until.ts';

const browserTest = setupBrowser();
const TOKEN = 'the-token-of-the-page';

/** The server has no routes for the views, and some tests stop it. */
const EXPECTED = { expected: [/Failed to load resource/, /^failed request/] };

/** Without the sources that the views need. */
const OWN_SESSION: Session = {
  ...SESSION,
  sources: { ...SESSION.sources, sidecars: [] },
};

interface Served {
  readonly session?: Partial<Session>;
  readonly token?: string;
  readonly port?: number;
}

async function serve(t: TestContext, { session, token = TOKEN, port = 0 }: Served = {}) {
  const server = await startUiServer(t, {
    address: { host: '127.0.0.1', port },
    token,
    folder: pageFolder(),
    routes: [jsonRoute('/api/session', { ...OWN_SESSION, ...session })],
  });
  const origin = `http://127.0.0.1:${server.port}`;
  return { ...server, origin, address: `${origin}/#token=${TOKEN}` };
}

const heading = (page: Page): Promise<string> => page.locator('h1').innerText();

/** The page asks for its session at once when it becomes visible. */
const askForSession = (page: Page): Promise<void> =>
  page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");

browserTest('an address without a token asks for one', async ({ t, openPage }) => {
  const { origin } = await serve(t);
  const page = await openPage(`${origin}/#view=live`, EXPECTED);
  await untilEqual(() => heading(page), 'Open the address that asya-sidecar ui has printed');
  await checkAccessibility(page);
  await page.getByLabel('Token').fill('ä');
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('alert').filter({ hasText: 'printable ASCII' }).waitFor();
  await page.getByLabel('Token').fill(TOKEN);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('heading', { level: 1, name: 'Live' }).waitFor();
});

browserTest('a refused token shows why', async ({ t, openPage }) => {
  const { origin } = await serve(t);
  const page = await openPage(`${origin}/#token=another`, EXPECTED);
  await page.getByText('does not accept the token of this address').waitFor();
  await untilEqual(() => page.title(), 'No access · asya-sidecar');
});

browserTest('the views have addresses, titles, and headings with focus', async (tools) => {
  const { address } = await serve(tools.t);
  const page = await tools.openPage(address, EXPECTED);
  await page.getByRole('heading', { level: 1, name: 'Pipeline' }).waitFor();
  for (const name of ['Errors', 'Journey', 'Live', 'Send', 'Pipeline']) {
    const link = page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name });
    await link.click();
    await page.locator('h1:focus').filter({ hasText: name }).waitFor();
    await untilEqual(() => page.title(), `${name} · asya-sidecar`);
    await untilEqual(() => link.getAttribute('aria-current'), 'page');
    await page.waitForURL(({ hash }) =>
      hash.startsWith(`#token=${TOKEN}&view=${name.toLowerCase()}`),
    );
  }
  await page.goBack();
  await page.locator('h1:focus').filter({ hasText: 'Send' }).waitFor();
  await page.goForward();
  await page.locator('h1:focus').filter({ hasText: 'Pipeline' }).waitFor();
});

browserTest('the first key of the page skips its navigation', async ({ t, openPage }) => {
  const { address } = await serve(t);
  const page = await openPage(`${address}&view=send`, EXPECTED);
  await page.getByRole('heading', { level: 1, name: 'Send' }).waitFor();
  await page.keyboard.press('Tab');
  await page.locator('.skip-link:focus').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('h1:focus').waitFor();
  assert.ok(page.url().endsWith('&view=send'));
});

browserTest(
  'while the broker is away, each view names it, the time and the reason',
  async (tools) => {
    const broker = {
      address: 'amqp://broker:5672',
      isConnected: false,
      problem: 'connect ECONNREFUSED',
      awaySince: new Date(2026, 10, 29, 1, 48, 2).toISOString(),
    };
    const sources = { ...OWN_SESSION.sources, broker };
    const { address } = await serve(tools.t, { session: { sources } });
    for (const view of ['pipeline', 'send']) {
      const page = await tools.openPage(`${address}&view=${view}`, EXPECTED);
      const text = await page.getByRole('alert').filter({ hasText: 'has been away' }).innerText();
      assert.match(
        text.replaceAll(/\s+/g, ' '),
        /^The broker at amqp:\/\/broker:5672 has been away since .*01:48:02: connect ECONNREFUSED$/,
      );
      await checkAccessibility(page);
    }
  },
);

browserTest('the key "/" searches for a journey', async ({ t, openPage }) => {
  const { address } = await serve(t);
  const page = await openPage(address, EXPECTED);
  await page.getByRole('heading', { level: 1, name: 'Pipeline' }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('order-1/2&view=send');
  await page.keyboard.press('Enter');
  await page.locator('h1').filter({ hasText: 'Journey' }).waitFor();
  const idOf = ({ hash }: URL): string | null => new URLSearchParams(hash.slice(1)).get('id');
  await page.waitForURL((url) => idOf(url) === 'order-1/2&view=send');
});

browserTest('a link of a view that disappears leaves the focus on the heading', async (tools) => {
  const { address } = await serve(tools.t);
  const page = await tools.openPage(`${address}&view=send`, EXPECTED);
  await page.getByRole('heading', { level: 1, name: 'Send' }).waitFor();
  await page.evaluate('document.activeElement.blur()');
  await page.evaluate("location.hash += '&id=1'");
  await page.locator('h1:focus').waitFor();
});

browserTest('a lost server is reported, and the view stays as it is', async ({ t, openPage }) => {
  const first = await serve(t);
  const page = await openPage(`${first.address}&view=journey`, EXPECTED);
  await page.getByRole('heading', { level: 1, name: 'Journey' }).waitFor();
  await page.evaluate("document.querySelector('h1').id = 'kept'");
  await first.close();
  await askForSession(page);
  const lost = page.getByText(`The server at ${first.origin} does not answer; trying again.`);
  await lost.waitFor();
  await checkAccessibility(page);
  await serve(t, { port: first.port });
  await askForSession(page);
  await lost.waitFor({ state: 'detached' });
  assert.equal(await page.locator('h1').getAttribute('id'), 'kept');
});

browserTest('a server that was started again with another token is reported', async (tools) => {
  const first = await serve(tools.t);
  const page = await tools.openPage(`${first.address}&view=send`, EXPECTED);
  await page.getByRole('heading', { level: 1, name: 'Send' }).waitFor();
  await first.close();
  await serve(tools.t, { port: first.port, token: 'a-newer-token-of-a-page' });
  await askForSession(page);
  await page.getByText('has another token now').waitFor();
  assert.equal(await heading(page), 'Send');
});

browserTest('a problem of the session is shown', async ({ t, openPage }) => {
  const { address } = await serve(t);
  const page = await openPage(`${address}&view=send`, EXPECTED);
  await page.getByRole('heading', { level: 1, name: 'Send' }).waitFor();
  const problem = { status: 503, json: { error: 'no <b>memory</b>' } };
  await page.route('**/api/session', (route) => route.fulfill(problem));
  await askForSession(page);
  await page.getByText('reports a problem: no <b>memory</b>; trying again.').waitFor();
  await page.unroute('**/api/session');
  await askForSession(page);
  await page.getByText('reports a problem').waitFor({ state: 'detached' });
});

browserTest('a server of another version asks for a reload of the page', async (tools) => {
  const first = await serve(tools.t);
  const page = await tools.openPage(`${first.address}&view=send`, EXPECTED);
  await page.getByRole('heading', { level: 1, name: 'Send' }).waitFor();
  await first.close();
  await serve(tools.t, { port: first.port, session: { version: '1.3.0' } });
  await askForSession(page);
  await page.getByText('has another version now').waitFor();
  await page.getByRole('button', { name: 'Reload the page' }).click();
  await page.getByText('has another version now').waitFor({ state: 'detached' });
  await page.getByRole('heading', { level: 1, name: 'Send' }).waitFor();
});

browserTest('a view opens while the server is lost', async ({ t, openPage }) => {
  const { address, close } = await serve(t);
  const page = await openPage(`${address}&view=send`, EXPECTED);
  await page.getByRole('heading', { level: 1, name: 'Send' }).waitFor();
  await page.waitForLoadState('networkidle');
  await close();
  await page.getByRole('link', { name: 'Journey' }).click();
  await page.getByRole('heading', { level: 1, name: 'Journey' }).waitFor();
});

browserTest('the sources, the read-only mode and the colors are shown', async (tools) => {
  const { t, openPage } = tools;
  const sidecars = [{ address: '10.0.0.7:8080', problem: '<b>connection refused</b>' }];
  const sources = { ...SESSION.sources, sidecars };
  const { address } = await serve(t, { session: { isReadOnly: true, sources } });
  const page = await openPage(`${address}&view=send`, { ...EXPECTED, width: 360 });
  await page.getByText('Read-only', { exact: true }).waitFor();
  await page.getByRole('button', { name: '1 problem' }).click();
  await page.getByText('10.0.0.7:8080: <b>connection refused</b>').waitFor();
  const background = (): Promise<string> =>
    page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
  const light = await background();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Dark colors' }).click();
  await until(async () => (await background()) !== light, 'dark colors');
  await checkAccessibility(page);
  const width = await page.evaluate<number>('document.documentElement.scrollWidth');
  assert.equal(width, 360);
});
