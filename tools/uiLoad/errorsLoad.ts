import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Transport } from '../../src/transport/transport.ts';
import { MINUTE, SECOND } from '../../src/units.ts';
import { startUiProcess, type UiProcess } from '../../test/kit/browser/uiProcess.ts';
import { envelopeWith, errorEnvelope, type FaultPart } from '../../test/kit/envelopes/failures.ts';
import { openLoadedPage, openProducer, type LoadRig, type Report } from './loadRig.ts';
import { describeMemory } from './measure.ts';

/** Not that of the pipeline, which may contain messages already. */
const ERROR_END = 'error-end-of-the-load';

/** Twelve kinds of errors: three texts of each of four codes. */
const KINDS: readonly FaultPart[] = [
  'runtime_error',
  'runtime_timeout',
  'reply_invalid',
  'runtime_crashed',
].flatMap((code) =>
  ['prep', 'infer', 'post'].map((actor) => ({
    code,
    actor,
    type: 'ValueError',
    message: `${code}: the model of ${actor} is not loaded`,
    traceback: 'Traceback (most recent call last):\n  File "actor.py", line 12, in handle\n',
  })),
);

/** Measures the view Errors on failed messages of twelve kinds. */
export async function measureErrors(rig: LoadRig, count: number, report: Report): Promise<void> {
  const producer = await openProducer(rig, 'infer', ERROR_END);
  await fillErrorEnd(producer, count);
  const ui = await startUiProcess(
    rig.closers,
    { ASYA_RABBITMQ_URL: rig.broker.url, ASYA_ACTOR_ERROR_END: ERROR_END },
    ['--listen', '127.0.0.1:0'],
  );
  report(`errors: memory of the server before the look: ${describeMemory(ui.pid)}`);
  const { page, took } = await look(rig, ui, count);
  report(`errors: look at ${count} messages: ${took}`);
  await page.screenshot({ path: join(rig.folder, 'errors.png') });
  report(`errors: memory of the server after the look: ${describeMemory(ui.pid)}`);
  const last = ui.addressOf('errors', { show: 'messages', page: String(count / PAGE_SIZE) });
  const rows = page.getByRole('table', { name: 'Messages' }).locator('tbody tr');
  const paging = await timeOf(async () => {
    await page.evaluate(`location.hash = ${JSON.stringify(new URL(last).hash)}`);
    await rows.nth(PAGE_SIZE - 1).waitFor();
  });
  report(`errors: last page: ${paging}`);
  await rows.last().click();
  const message = page.getByRole('region', { name: 'Message', exact: true });
  report(
    `errors: last message: ${await timeOf(() => message.getByText('Traceback (most').waitFor())}`,
  );
  await page.screenshot({ path: join(rig.folder, 'errors-message.png') });
  await ui.stop();
}

/** The messages of a page of the view. */
const PAGE_SIZE = 100;
const BATCH = 500;

async function fillErrorEnd(producer: Transport, count: number): Promise<void> {
  for (let from = 0; from < count; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - from) }, (_, at) => from + at);
    await Promise.all(batch.map((index) => sendError(producer, index)));
  }
}

function sendError(producer: Transport, index: number): Promise<void> {
  const original = envelopeWith({ id: `order-${index}`, payload: { order: index, lines: [1, 2] } });
  const failedAt = new Date(Date.now() - index * SECOND).toISOString();
  const body = errorEnvelope(original, { ...KINDS[index % KINDS.length], failedAt });
  return producer.send(ERROR_END, { body, headers: {} });
}

interface Looked {
  readonly page: Page;
  /** The time until the groups are shown. */
  readonly took: string;
}

async function look(rig: LoadRig, ui: UiProcess, count: number): Promise<Looked> {
  const startMs = performance.now();
  const page = await openLoadedPage(rig, ui.addressOf('errors'));
  page.setDefaultTimeout(2 * MINUTE);
  const status = page
    .getByRole('status')
    .filter({ hasText: `${count.toLocaleString('en-US')} messages in` });
  await status.first().waitFor();
  return { page, took: describeTime(performance.now() - startMs) };
}

async function timeOf(action: () => Promise<void>): Promise<string> {
  const startMs = performance.now();
  await action();
  return describeTime(performance.now() - startMs);
}

function describeTime(ms: number): string {
  return `${(ms / SECOND).toFixed(2)} s`;
}
