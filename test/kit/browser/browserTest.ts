import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { chromium, type Browser, type Page } from 'playwright-core';
import { MINUTE, SECOND } from '../../../src/units.ts';
import { isRoot } from '../brokers/apt.ts';
import { findChromium, NO_CHROMIUM } from './chromium.ts';
import { watchPage, type PageProblems } from './pageProblems.ts';

export interface PageOptions {
  /** @default 'light' */
  readonly colorScheme?: 'light' | 'dark';
  /** In CSS pixels. @default 1280 */
  readonly width?: number;
  /**
   * Problems that the test causes, such as the failed requests of a stopped server. Other problems
   * fail the test.
   */
  readonly expected?: readonly RegExp[];
}

/** Opens the page at an address in a context of its own: no cookies, no cache, no storage. */
export type OpenPage = (address: string, options?: PageOptions) => Promise<Page>;

export interface BrowserTest {
  readonly t: TestContext;
  readonly openPage: OpenPage;
}

/** Time that a page has to show what a test expects. */
const EXPECT_TIMEOUT_MS = 20 * SECOND;
const TEST_TIMEOUT_MS = 2 * MINUTE;
const HEIGHT = 900;

/**
 * Returns a function that defines a test in a real browser. All tests of a file share one browser,
 * which starts with the first page.
 *
 * When the body has ended, the test fails if one of its pages had a problem (`watchPage`). The
 * pages are closed before the hooks of `t.after` run, so that these may stop servers. A failed test
 * names a screenshot of each page.
 */
export function setupBrowser(): (
  title: string,
  body: (tools: BrowserTest) => Promise<void>,
) => void {
  const executable = findChromium();
  let browser: Promise<Browser> | undefined;
  const launch = (): Promise<Browser> => (browser ??= launchChromium(executable ?? ''));
  after(async () => (await browser)?.close());
  const options = { skip: executable === undefined && NO_CHROMIUM, timeout: TEST_TIMEOUT_MS };
  return (title, body) => {
    void test(title, options, (t) => runBody(t, launch, body));
  };
}

function launchChromium(executablePath: string): Promise<Browser> {
  // Chromium's sandbox refuses to run as root. /dev/shm is small in containers.
  const args = ['--disable-dev-shm-usage', ...(isRoot ? ['--no-sandbox'] : [])];
  return chromium.launch({ executablePath, args });
}

async function runBody(
  t: TestContext,
  launch: () => Promise<Browser>,
  body: (tools: BrowserTest) => Promise<void>,
): Promise<void> {
  const opened: OpenedPage[] = [];
  const openPage: OpenPage = async (address, options = {}) => {
    const page = await openIn(await launch(), options);
    opened.push({ page, problems: watchPage(page, address, options.expected ?? []) });
    await page.goto(address);
    return page;
  };
  try {
    await body({ t, openPage });
    for (const { page, problems } of opened) await problems.assertNone(page);
  } catch (error) {
    await takeScreenshots(t, opened);
    throw error;
  } finally {
    for (const { page } of opened) await page.context().close();
  }
}

interface OpenedPage {
  readonly page: Page;
  readonly problems: PageProblems;
}

async function openIn(browser: Browser, options: PageOptions): Promise<Page> {
  const { colorScheme = 'light', width = 1280 } = options;
  const viewport = { width, height: HEIGHT };
  const context = await browser.newContext({ colorScheme, viewport, reducedMotion: 'reduce' });
  context.setDefaultTimeout(EXPECT_TIMEOUT_MS);
  return context.newPage();
}

async function takeScreenshots(t: TestContext, opened: readonly OpenedPage[]): Promise<void> {
  const folder = join(tmpdir(), 'asya-browser-tests');
  await mkdir(folder, { recursive: true });
  for (const [index, { page, problems }] of opened.entries()) {
    const path = join(folder, `${t.name.replaceAll(/\W+/g, '-').slice(0, 80)}-${index + 1}.png`);
    const taken = await page.screenshot({ path }).then(
      () => path,
      () => 'none',
    );
    t.diagnostic(`screenshot: ${taken}; problems: ${problems.all.join('; ') || 'none'}`);
  }
}
