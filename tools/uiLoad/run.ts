import { mkdir } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { EXIT } from '../../src/cli/command/exit.ts';
import { messageOf } from '../../src/faults.ts';
import { isRoot } from '../../test/kit/brokers/apt.ts';
import { openBroker } from '../../test/kit/brokers/broker.ts';
import { findChromium, NO_CHROMIUM } from '../../test/kit/browser/chromium.ts';
import { Closers } from './closers.ts';
import { measureErrors } from './errorsLoad.ts';
import { readOptions, USAGE, type Options } from './options.ts';
import { measurePipeline } from './pipelineLoad.ts';

/**
 * Measures the page of `asya-sidecar ui` in Chromium on a private RabbitMQ, and takes screenshots:
 *
 *     npm run ui:load -- --help
 */
process.exitCode = await main(process.argv.slice(2));

/** @returns the exit code */
async function main(words: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(words);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return EXIT.usage;
  }
  if (options.help) process.stdout.write(USAGE);
  else await measure(options);
  return EXIT.done;
}

async function measure({ seconds, rate, errors, only, folder }: Options): Promise<void> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(NO_CHROMIUM);
  await mkdir(folder, { recursive: true });
  const closers = new Closers();
  try {
    const broker = await openBroker();
    closers.add(() => broker.close());
    const args = ['--disable-dev-shm-usage', ...(isRoot ? ['--no-sandbox'] : [])];
    const browser = await chromium.launch({ executablePath, args });
    closers.add(() => browser.close());
    const rig = { broker, browser, closers, folder };
    const report = (line: string): void => void process.stdout.write(`${line}\n`);
    if (only !== 'errors') await measurePipeline(rig, { seconds, rate }, report);
    if (only !== 'pipeline') await measureErrors(rig, errors, report);
    report(`screenshots: ${folder}`);
  } finally {
    await closers.close();
  }
}
