import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import type { Actor, Edge, Pipeline } from '../../../../src/cli/ui/pipeline/contract.ts';
import { checkAccessibility } from '../../../kit/browser/accessibility.ts';
import { setupBrowser } from '../../../kit/browser/browserTest.ts';
import { visibleText } from '../../../../ui/components/visibleText.ts';
import { SESSION } from '../../../kit/browser/servedPage.ts';
import { createActor } from '../../pipeline/pipelines.ts';
import { servePipeline } from './servedPipeline.ts';
import { until, untilEqual, untilMatches } from '../../../kit/processes/until.ts';

const browserTest = setupBrowser();

const UNREADY = [{ address: 'b:8080', isReady: false, problems: ['runtime: no socket'] }];
const ENDS: readonly Actor[] = [
  { name: 'happy-end', kind: 'happy_end', sidecars: [], queue: { exists: true, ready: 0 } },
  {
    name: 'error-end',
    kind: 'error_end',
    sidecars: [],
    queue: { exists: true, ready: 3, parked: 2 },
  },
];

function createPipeline(actors: readonly Actor[], edges: readonly Edge[] = []): Pipeline {
  return { asOf: new Date().toISOString(), actors: [...actors, ...ENDS], edges };
}

const CHAIN: readonly Edge[] = [
  { from: 'prep', to: 'infer', rate: 12 },
  { from: 'infer', to: 'happy-end', rate: 12 },
  { from: 'infer', to: 'error-end', rate: 0.1 },
];

const WORKING = createPipeline([createActor('prep'), createActor('infer')], CHAIN);
const FAILING = createPipeline(
  [createActor('prep'), createActor('infer', { sidecars: UNREADY })],
  CHAIN,
);

const card = (page: Page, name: string) => page.locator(`.pipeline-card[data-actor="${name}"]`);
const focused = (page: Page): Promise<string> =>
  page.evaluate('document.activeElement.dataset.actor ?? document.activeElement.textContent');

type Box = NonNullable<Awaited<ReturnType<Locator['boundingBox']>>>;

/** The place of an element that has stopped moving. */
async function stableBoxOf(locator: Locator): Promise<Box> {
  await locator.click({ trial: true });
  const box = await locator.boundingBox();
  assert.ok(box);
  return box;
}

/** Fails if a part of the page is wider than the screen. */
async function assertFits(page: Page, width: number): Promise<void> {
  const widest = (): Promise<number> => page.evaluate('document.documentElement.scrollWidth');
  await until(async () => (await widest()) <= width, `the page is at most ${width} px wide`);
}

browserTest('a trouble appears in its card without a new layout', async ({ t, openPage }) => {
  const served = await servePipeline(t, { pipeline: WORKING });
  const page = await openPage(served.addressOf());
  await card(page, 'infer').getByText('Ready', { exact: true }).waitFor();
  await untilEqual(() => page.locator('.pipeline-edge').count(), CHAIN.length);
  const before = await stableBoxOf(card(page, 'infer'));
  await served.send(FAILING);
  await card(page, 'infer').getByText('Not ready: runtime: no socket').waitFor();
  assert.equal(await card(page, 'infer').getAttribute('data-level'), 'failure');
  assert.deepEqual(await stableBoxOf(card(page, 'infer')), before);
  await page.getByText('infer: Not ready', { exact: true }).waitFor({ state: 'attached' });
});

browserTest('the same reason of many actors is shown once', async ({ t, openPage }) => {
  const reason = 'broker: not connected (connect ECONNREFUSED)';
  const sidecars = [{ address: 'b:8080', isReady: false, problems: [reason] }];
  const actors = ['prep', 'infer', 'post'].map((name) => createActor(name, { sidecars }));
  const served = await servePipeline(t, { pipeline: createPipeline(actors, CHAIN) });
  const page = await openPage(served.addressOf());
  await page.getByRole('alert').getByText(`3 actors: Not ready: ${reason}`).waitFor();
  await card(page, 'infer').getByText('Not ready', { exact: true }).waitFor();
  assert.equal(await card(page, 'infer').getAttribute('data-level'), 'failure');
  assert.equal(await card(page, 'infer').getByText('broker').count(), 0);
});

browserTest('while the broker is away, its reason is the one at the top', async (tools) => {
  const problem = 'connect ECONNREFUSED';
  const reason = `broker: not connected (${problem})`;
  const sidecars = [{ address: 'b:8080', isReady: false, problems: [reason] }];
  const actors = ['prep', 'infer', 'post'].map((name) => createActor(name, { sidecars }));
  const broker = { address: 'amqp://broker:5672', isConnected: false, problem };
  const sources = { ...SESSION.sources, broker };
  const pipeline = createPipeline(actors, CHAIN);
  const served = await servePipeline(tools.t, { pipeline, session: { sources } });
  for (const show of ['graph', 'table']) {
    const page = await tools.openPage(served.addressOf({ show }));
    await page.getByText(/^While the broker is away, 3 actors are not ready, numbers/).waitFor();
    await page.locator('.badge', { hasText: 'No broker' }).waitFor();
    await untilEqual(
      () => page.getByRole('alert').allInnerTexts(),
      [`The broker at amqp://broker:5672 has been away: ${problem}`],
    );
    await checkAccessibility(page);
  }
});

for (const colorScheme of ['light', 'dark'] as const) {
  browserTest(`axe finds nothing serious (${colorScheme})`, async ({ t, openPage }) => {
    const served = await servePipeline(t, { pipeline: FAILING });
    for (const parameters of [
      { show: 'graph', actor: 'infer' },
      { show: 'graph', name: 'prep' },
      { show: 'table', actor: 'error-end' },
    ]) {
      const page = await openPage(served.addressOf(parameters), { colorScheme });
      await page.getByText('as of').first().waitFor();
      await checkAccessibility(page);
    }
  });
}

browserTest('the keyboard leads to the panel of an actor and back', async ({ t, openPage }) => {
  const served = await servePipeline(t, { pipeline: WORKING });
  const page = await openPage(served.addressOf());
  await page.getByRole('button', { name: 'Table' }).focus();
  await page.keyboard.press('Tab');
  await untilEqual(() => focused(page), 'prep');
  await page.keyboard.press('ArrowRight');
  await untilEqual(() => focused(page), 'infer');
  await page.keyboard.press('Control+ArrowLeft');
  assert.equal(await focused(page), 'infer', 'keys of the browser stay its keys');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'infer' }).waitFor();
  await untilEqual(() => page.evaluate('document.activeElement.tagName'), 'H2');
  assert.equal(await focused(page), 'infer');
  await page.waitForURL(/[#&]actor=infer/);
  await page.keyboard.press('Escape');
  await page.locator('.pipeline-panel').waitFor({ state: 'detached' });
  await untilEqual(() => page.evaluate('document.activeElement.className'), 'pipeline-card');
  assert.equal(await focused(page), 'infer');
});

browserTest('the panel has sidecars, charts, their numbers and links', async (tools) => {
  const now = Date.now();
  const points = [3, 2, 1].map((minutes) => ({
    time: new Date(now - minutes * 60_000).toISOString(),
    ready: minutes * 100,
    hopRate: 12,
    errorRate: 0,
    queueP95: 5,
    runtimeP95: 80,
  }));
  const served = await servePipeline(tools.t, { pipeline: FAILING, history: { points } });
  const page = await tools.openPage(served.addressOf({ actor: 'infer' }));
  const panel = page.getByRole('complementary', { name: 'Actor' });
  await panel.locator('canvas').nth(2).waitFor();
  await panel.getByRole('img', { name: /waiting: now 100, highest 300/ }).waitFor();
  await panel.getByText('b:8080').waitFor();
  await untilMatches(() => panel.locator('.pipeline-flows').innerText(), /prep\s+12\.0\/s/);
  await panel.getByText('The numbers of these charts').click();
  await untilEqual(() => panel.locator('tbody tr').count(), 3);
  const hrefs = await page.evaluate<string[]>(
    "[...document.querySelectorAll('.pipeline-links a')].map((link) => link.getAttribute('href'))",
  );
  assert.match(hrefs.join(' '), /view=errors&actor=infer .*view=live&actor=infer/);
  assert.match(hrefs.join(' '), /http:\/\/grafana:3000\/d\/asya-actor\?var-actor=infer/);
});

browserTest('the filters fade cards of the graph, and hide rows', async ({ t, openPage }) => {
  const served = await servePipeline(t, { pipeline: FAILING });
  const page = await openPage(served.addressOf());
  await page.getByRole('button', { name: /With problems/ }).click();
  await page.locator('.pipeline-card[data-faded]').first().waitFor();
  assert.equal(await card(page, 'prep').getAttribute('data-faded'), 'true');
  assert.equal(await card(page, 'infer').getAttribute('data-faded'), null);
  await page.getByRole('button', { name: 'Table' }).click();
  const names = page.locator('tbody th button');
  await names.first().waitFor();
  await untilEqual(() => names.allInnerTexts(), ['infer', 'error-end']);
  await page.getByLabel('Filter by name').fill('ERR');
  await page.getByRole('button', { name: 'infer' }).waitFor({ state: 'detached' });
  await untilEqual(() => names.allInnerTexts(), ['error-end']);
  await page.getByLabel('Filter by name').fill('nothing');
  await page.getByText('No actor matches the filter.').waitFor();
  await page.getByLabel('Filter by name').fill('e');
  await page.getByLabel('Filter by name').press('Enter');
  await page.getByRole('heading', { name: 'infer' }).waitFor();
});

browserTest('the table is sorted by a click on a heading', async ({ t, openPage }) => {
  const actors = [5, 900, 40].map((ready, index) =>
    createActor(`actor-${index}`, { queue: { exists: true, ready } }),
  );
  const served = await servePipeline(t, { pipeline: createPipeline(actors) });
  const page = await openPage(served.addressOf({ show: 'table', name: 'actor' }));
  await page.getByRole('button', { name: 'Waiting' }).click();
  await page.locator('th[aria-sort="descending"][data-column="waiting"]').waitFor();
  const names = page.locator('tbody th button');
  await untilEqual(() => names.allInnerTexts(), ['actor-1', 'actor-2', 'actor-0']);
});

browserTest('60 actors fit into the page, and can be enlarged', async ({ t, openPage }) => {
  const actors = Array.from({ length: 60 }, (_, index) => createActor(`actor-${index}`));
  const edges = actors.slice(8).map(({ name }, index) => ({ from: `actor-${index}`, to: name }));
  const served = await servePipeline(t, { pipeline: createPipeline(actors, edges) });
  const page = await openPage(served.addressOf());
  await card(page, 'actor-59').waitFor();
  const scrolls = (): Promise<boolean> =>
    page.evaluate(`(({ scrollWidth, clientWidth, scrollHeight, clientHeight }) =>
      scrollWidth > clientWidth || scrollHeight > clientHeight
    )(document.querySelector('.pipeline-frame'))`);
  await untilEqual(scrolls, false);
  for (let step = 0; step < 5; step++) await page.getByRole('button', { name: 'Zoom in' }).click();
  await untilEqual(scrolls, true);
  await card(page, 'actor-0').press('0');
  await page.getByRole('button', { name: 'Fit' }).waitFor();
  await untilEqual(scrolls, false);
});

browserTest('the wheel with Ctrl keeps the point below the pointer', async ({ t, openPage }) => {
  const served = await servePipeline(t, { pipeline: WORKING });
  const page = await openPage(served.addressOf());
  const before = await stableBoxOf(card(page, 'infer'));
  const centre = { x: before.x + before.width / 2, y: before.y + before.height / 2 };
  await page.mouse.move(centre.x, centre.y);
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -300);
  await page.getByRole('button', { name: '%' }).waitFor();
  const after = await stableBoxOf(card(page, 'infer'));
  assert.ok(after.width > before.width * 1.5);
  assert.ok(Math.abs(after.x + after.width / 2 - centre.x) < 3);
});

browserTest('a phone shows the table, and a graph that leads down', async ({ t, openPage }) => {
  const long = 'a'.repeat(80);
  const pipeline = createPipeline(
    [createActor('prep'), createActor(long, { sidecars: UNREADY })],
    [{ from: 'prep', to: long }],
  );
  const served = await servePipeline(t, { pipeline });
  const page = await openPage(served.addressOf(), { width: 360 });
  await page.locator('.pipeline-table').waitFor();
  await assertFits(page, 360);
  await checkAccessibility(page);
  await page.getByRole('button', { name: 'Graph' }).click();
  await card(page, long).waitFor();
  const above = await stableBoxOf(card(page, 'prep'));
  const below = await stableBoxOf(card(page, long));
  assert.ok(above.y + above.height < below.y);
  await assertFits(page, 360);
  await card(page, long).click();
  await page.locator('.pipeline-panel').waitFor();
  await assertFits(page, 360);
});

browserTest('hostile names are texts', async ({ t, openPage }) => {
  const hostile = [
    '<img src=x onerror="document.title = 1">',
    '__proto__',
    '../../session',
    '"]\u202Efdp.exe',
  ];
  const actors = hostile.map((name) => createActor(name, { sidecars: [] }));
  const edges = hostile.slice(1).map((to) => ({ from: hostile[0] ?? '', to }));
  const served = await servePipeline(t, { pipeline: createPipeline(actors, edges) });
  const page = await openPage(served.addressOf());
  await page.locator('.pipeline-card').nth(hostile.length).waitFor();
  const names = await page.locator('.pipeline-card-name-text').allInnerTexts();
  for (const name of hostile) assert.ok(names.includes(visibleText(name)), name);
  await page.getByRole('button', { name: /^<img/ }).click();
  await page.getByRole('heading', { name: '<img src=x' }).waitFor();
  assert.equal(await page.locator('#view img').count(), 0);
});

browserTest('missing sources are named', async ({ t, openPage }) => {
  const broker = { address: 'amqp://broker', isConnected: false, problem: 'ECONNREFUSED' };
  const served = await servePipeline(t, {
    pipeline: { asOf: new Date().toISOString(), actors: [], edges: [] },
    session: { sources: { broker, sidecars: [], traces: [] } },
  });
  const page = await openPage(served.addressOf());
  await page.getByRole('alert').filter({ hasText: 'ECONNREFUSED' }).waitFor();
  await page.getByText('need --sidecars ADDRESS').waitFor();
  await page.getByText('No source has named an actor yet.').waitFor();
});

browserTest('a lost stream is marked, and the numbers stay', async ({ t, openPage }) => {
  const served = await servePipeline(t, { pipeline: WORKING });
  const page = await openPage(served.addressOf(), {
    expected: [/Failed to load resource/, /^failed request/],
  });
  await page.locator('.badge[data-tone=good]', { hasText: 'Live' }).waitFor();
  await served.close();
  await page.getByText('Not live').waitFor();
  assert.equal(await card(page, 'infer').count(), 1);
});

browserTest('a large pipeline is a table at first, and a graph on request', async (tools) => {
  const actors = Array.from({ length: 151 }, (_, index) => createActor(`actor-${index}`));
  const served = await servePipeline(tools.t, { pipeline: createPipeline(actors) });
  const page = await tools.openPage(served.addressOf());
  await page.getByText('The graph of 153 actors takes seconds to be drawn').waitFor();
  assert.equal(await page.getByRole('table', { name: 'Actors' }).count(), 1);
  await page.getByRole('button', { name: 'Show the graph' }).click();
  await card(page, 'actor-150').waitFor();
});
