import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { isRoot } from '../../test/kit/brokers/apt.ts';
import { openBroker } from '../../test/kit/brokers/broker.ts';
import { findChromium, NO_CHROMIUM } from '../../test/kit/browser/chromium.ts';
import { Closers } from './closers.ts';
import { measureErrors } from './errorsLoad.ts';
import { measurePipeline } from './pipelineLoad.ts';

/**
 * Measures the page of `asya-sidecar ui` in Chromium on a private RabbitMQ, and takes screenshots:
 *
 * - 20 actors under load, in the views Pipeline and Live
 * - 50,000 failed messages of twelve kinds, in the view Errors
 *
 *     npm run ui:load -- [--seconds 30] [--rate 100] [--errors 50000] [--folder FOLDER]
 *         [--only pipeline|errors]
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    rate: { type: 'string', default: '100' },
    errors: { type: 'string', default: '50000' },
    only: { type: 'string' },
    folder: { type: 'string', default: join(tmpdir(), 'asya-ui-load') },
  },
});

const executablePath = findChromium();
if (executablePath === undefined) throw new Error(NO_CHROMIUM);
await mkdir(values.folder, { recursive: true });
const closers = new Closers();
try {
  const broker = await openBroker();
  closers.add(() => broker.close());
  const args = ['--disable-dev-shm-usage', ...(isRoot ? ['--no-sandbox'] : [])];
  const browser = await chromium.launch({ executablePath, args });
  closers.add(() => browser.close());
  const rig = { broker, browser, closers, folder: values.folder };
  const report = (line: string): void => void process.stdout.write(`${line}\n`);
  const rate = Number(values.rate);
  if (values.only !== 'errors')
    await measurePipeline(rig, { seconds: Number(values.seconds), rate }, report);
  if (values.only !== 'pipeline') await measureErrors(rig, Number(values.errors), report);
  report(`screenshots: ${values.folder}`);
} finally {
  await closers.close();
}
