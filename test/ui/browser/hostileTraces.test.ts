import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setupBrowser } from '../../kit/browser/browserTest.ts';
import { startUiProcess, type UiProcess } from '../../kit/browser/uiProcess.ts';
import { hopSpan, otlpLine, type OtlpSpan } from '../../kit/telemetry/otlpLines.ts';
import { checkUnharmed, checkVisible, MARKUP } from './hostileTexts.ts';

const browserTest = setupBrowser();

/** The text, and characters that change the direction of a line or ring a bell. */
const HOSTILE = `${MARKUP} \u202E \u0007`;
const IDS = [HOSTILE, '__proto__', 'javascript:hacked=1'];

/** A journey in which each text is hostile: a failed hop, a replay that waits, a runtime's span. */
function hostileSpans(id: string, index: number): readonly OtlpSpan[] {
  const traceId = `trace-${index}`;
  const failed = {
    'asya.outcome': 'error_end',
    'asya.outcome.reason': HOSTILE,
    'error.type': HOSTILE,
    'asya.end': HOSTILE,
  };
  const hop = (spanId: string, more: Partial<OtlpSpan>): OtlpSpan =>
    hopSpan(id, `${HOSTILE} ${spanId}`, { spanId, traceId, ...more });
  return [
    hop('a', { startMs: 1_000, attributes: failed, error: HOSTILE }),
    hop('b', { parentSpanId: 'a', startMs: 2_000, attributes: { 'asya.outcome': HOSTILE } }),
    { spanId: 'c', traceId, parentSpanId: 'b', name: HOSTILE, startMs: 2_001, error: HOSTILE },
    {
      spanId: 'd',
      traceId,
      parentSpanId: 'b',
      name: `publish ${HOSTILE}`,
      startMs: 2_005,
      attributes: { 'asya.dispatch.kind': 'next' },
    },
  ];
}

async function startUi(t: TestContext, lines: string): Promise<UiProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-hostile-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'traces.jsonl');
  await writeFile(file, lines);
  return startUiProcess(t, {}, ['--listen', '127.0.0.1:0', '--traces', file]);
}

browserTest('hostile texts of traces stay text', async ({ t, openPage }) => {
  const lines = IDS.map((id, index) => otlpLine(...hostileSpans(id, index)));
  const ui = await startUi(t, lines.join(''));
  const list = await openPage(ui.addressOf('journey'));
  await list.getByRole('row').nth(IDS.length).waitFor();
  await checkUnharmed(list);
  await checkVisible(list);
  for (const id of IDS) {
    const page = await openPage(ui.addressOf('journey', { id }));
    const row = page.getByRole('treegrid').locator('[role=row][data-index]').first();
    await row.hover();
    await page.getByRole('region', { name: 'Route' }).waitFor();
    await checkUnharmed(page);
    await checkVisible(page);
  }
});

browserTest('absurd times of traces are shown without sideways scroll', async (tools) => {
  const hops = otlpLine(
    hopSpan('odd', 'prep', { spanId: 'a', startMs: 1_000, endMs: 9e15 }),
    hopSpan('odd', 'infer', { spanId: 'b', parentSpanId: 'a', startMs: 5_000, endMs: 9_000 }),
    hopSpan('odd', 'post', { spanId: 'c', parentSpanId: 'b', startMs: 9_000, endMs: 1_000 }),
  );
  const ui = await startUi(tools.t, hops.replace('"5000000000"', '"a day"'));
  const page = await tools.openPage(ui.addressOf('journey', { id: 'odd' }), { width: 360 });
  await page.getByRole('treegrid').locator('[role=row][data-index]').first().waitFor();
  await checkVisible(page);
  const isWider = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
  if (await page.evaluate<boolean>(isWider)) throw new Error('the page scrolls sideways');
});
