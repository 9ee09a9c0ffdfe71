import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { checkAccessibility } from '../../kit/browser/accessibility.ts';
import { setupBrowser } from '../../kit/browser/browserTest.ts';
import { watchPage } from '../../kit/browser/pageProblems.ts';
import { until } from '../../kit/processes/until.ts';

const browserTest = setupBrowser();

/** Serves one document with a strict policy. */
async function serve(t: TestContext, body: string): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader('Content-Security-Policy', "default-src 'self'; connect-src *");
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    if (request.url === '/favicon.ico') response.writeHead(204);
    response.end(`<!doctype html><html lang="en"><title>Test</title>${body}`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/#token=a-secret-token`;
}

/** Resolves with the problem that appears while a page does something. */
async function problemOf(page: Page, script: string): Promise<string> {
  const problems = watchPage(page, page.url(), []);
  await page.evaluate(script);
  await until(() => problems.all.length > 0, `a problem after ${script}`);
  await assert.rejects(problems.assertNone(page), /problems of the page/);
  return problems.all.join('\n');
}

browserTest('the problems of a page are found', async ({ t, openPage }) => {
  const page = await openPage(await serve(t, '<main><h1>Test</h1></main>'), { expected: [/./] });
  const cases: readonly (readonly [script: string, problem: RegExp])[] = [
    ['void setTimeout(() => { throw new Error("broken") })', /^uncaught error: Error: broken/],
    ['console.error("bad")', /^console: bad$/],
    ['document.body.setAttribute("style", "color: red")', /^console: .*Content Security Policy/],
    ['void fetch("http://127.0.0.1:1/").catch(() => {})', /request to another origin/],
    ['void fetch("/?a-secret-token")', /token in the address of a request: \//],
  ];
  for (const [script, problem] of cases) assert.match(await problemOf(page, script), problem);
  await page.evaluate('sessionStorage.setItem("token", "x")');
  await assert.rejects(watchPage(page, page.url(), []).assertNone(page), /stored: token/);
});

browserTest('findings of axe-core fail a test', async ({ t, openPage }) => {
  const good = await openPage(await serve(t, '<main><h1>Test</h1><button>Save</button></main>'));
  await checkAccessibility(good);
  const bad = await openPage(await serve(t, '<main><h1>Test</h1><button></button></main>'));
  await assert.rejects(checkAccessibility(bad), /button-name/);
});
