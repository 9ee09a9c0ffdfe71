import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** What went wrong in a page so far. */
export interface PageProblems {
  readonly all: readonly string[];
  /** Fails if the page had a problem that is not expected, or has stored something. */
  assertNone(page: Page): Promise<void>;
}

/**
 * Collects the problems of a page: uncaught errors, errors on the console (such as violations of
 * the Content-Security-Policy), failed requests, and requests to another origin or with the token
 * in their address. A request that the page itself has cancelled is none.
 * @param address the address of the page, with the token in its fragment
 */
export function watchPage(page: Page, address: string, expected: readonly RegExp[]): PageProblems {
  const { origin, hash } = new URL(address);
  const token = new URLSearchParams(hash.slice(1)).get('token');
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`uncaught error: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? 'unknown';
    if (reason !== 'net::ERR_ABORTED') problems.push(`failed request: ${request.url()}: ${reason}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== origin)
      problems.push(`request to another origin: ${request.url()}`);
    if (token !== null && `${url.pathname}${url.search}`.includes(token))
      problems.push(`token in the address of a request: ${url.pathname}`);
  });
  return {
    all: problems,
    async assertNone(checked) {
      const stored = await storedBy(checked);
      const unexpected = [...problems, ...stored].filter(
        (problem) => !expected.some((pattern) => pattern.test(problem)),
      );
      assert.deepEqual(unexpected, [], 'problems of the page');
    },
  };
}

async function storedBy(page: Page): Promise<string[]> {
  const cookies = await page.context().cookies();
  const keys = await page.evaluate<string[]>(
    '[...Object.keys(localStorage), ...Object.keys(sessionStorage)]',
  );
  return [...cookies.map(({ name }) => name), ...keys].map((name) => `stored: ${name}`);
}
