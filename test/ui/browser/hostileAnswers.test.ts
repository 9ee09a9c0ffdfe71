import { pageFolder } from '../../../src/cli/ui/server/http/staticFiles.ts';
import type { Route } from '../../../src/cli/ui/server/routes/route.ts';
import type { SendEvent } from '../../../src/cli/ui/send/contract.ts';
import { setupBrowser } from '../../kit/browser/browserTest.ts';
import { jsonRoute, SESSION } from '../../kit/browser/servedPage.ts';
import { startUiServer, TOKEN } from '../../kit/ui/uiServer.ts';
import { checkUnharmed, checkVisible, MARKUP } from './hostileTexts.ts';

const browserTest = setupBrowser();

const HOSTILE = `${MARKUP} \u202E \u0007`;
const AT = '2026-11-29T12:00:01.123Z';
const PAYLOAD = `{"__proto__":{"polluted":1},${JSON.stringify(MARKUP)}:${JSON.stringify(HOSTILE)}}`;

const EVENTS: readonly SendEvent[] = [
  { sent: { id: HOSTILE, journey: HOSTILE, to: HOSTILE, at: AT } },
  { answer: { id: HOSTILE, at: 'no time', place: HOSTILE, payload: PAYLOAD } },
  { answer: { id: '__proto__', at: AT, place: '', payload: PAYLOAD } },
  {
    answer: {
      id: 'javascript:hacked=1',
      at: AT,
      place: '[1]',
      failure: { code: HOSTILE, text: HOSTILE, actor: HOSTILE },
    },
  },
  { end: { kind: 'time_over', text: HOSTILE, answers: 3, failures: 1 } },
];

/** Answers each envelope with the events above. */
const SEND: Route = {
  method: 'POST',
  path: '/api/send',
  handle: () => ({
    kind: 'events',
    write: async (events) => {
      for (const event of EVENTS) await events.write(event);
    },
  }),
};

browserTest('hostile texts of answers stay text', async ({ t, openPage }) => {
  const routes = [jsonRoute('/api/session', SESSION), SEND];
  const server = await startUiServer(t, { folder: pageFolder(), routes });
  const view = new URLSearchParams({ token: TOKEN, view: 'send' });
  const page = await openPage(`http://127.0.0.1:${server.port}/#${String(view)}`, {
    // The server has no actors.
    expected: [/404/],
  });
  await page.getByLabel('Actor 1 of 1').fill('infer');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('list', { name: 'Answers' }).getByText('error-end').waitFor();
  await page.getByRole('tree').first().waitFor();
  await checkUnharmed(page);
  await checkVisible(page);
});
