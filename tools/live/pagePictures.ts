import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { findChromium, NO_CHROMIUM } from '../../test/kit/browser/chromium.ts';
import { killOnExit } from '../../test/kit/processes/killOnExit.ts';
import { FAULTY_ORDER_ID } from '../../examples/demo/scenarios.ts';
import { EXIT } from '../../src/cli/command/exit.ts';
import { SECOND } from '../../src/units.ts';

/**
 * Takes the pictures of the page of `asya-sidecar ui`, on the demo that keeps running:
 *
 *   npm run pictures:page
 */
const FOLDER = fileURLToPath(new URL('../../docs/pictures/', import.meta.url));
const DEMO = fileURLToPath(new URL('../../examples/demo/main.ts', import.meta.url));
const WIDTH = 1280;
const HEIGHT = 720;
/** Ends above the traceback, which has the paths of this machine. */
const ORDER_HEIGHT = 598;
/** The page shows rates over the last minute. */
const RUN_MS = 75 * SECOND;
/** The time that a view gets to load and draw. */
const DRAW_MS = 3 * SECOND;

interface Picture {
  readonly name: string;
  /** The view, and further parameters of its address. */
  readonly parameters: Readonly<Record<string, string>>;
  /** @default 720 */
  readonly height?: number;
  /** What a user does in the view before the picture. */
  readonly prepare?: (page: Page) => Promise<void>;
}

const PICTURES: readonly Picture[] = [
  { name: 'ui-pipeline', parameters: { view: 'pipeline' } },
  {
    name: 'ui-errors',
    parameters: { view: 'errors', id: FAULTY_ORDER_ID },
    height: ORDER_HEIGHT,
    prepare: untilOpened,
  },
  { name: 'ui-journey', parameters: { view: 'journey' }, prepare: openFanout },
];

type Demo = ChildProcessByStdio<null, Readable, null>;

const [word] = process.argv.slice(2);
if (word !== undefined) {
  const isHelp = word === '--help' || word === '-h';
  const text = 'usage: npm run pictures:page (without options)';
  process.stderr.write(`${isHelp ? text : `unknown option "${word}"; ${text}`}\n`);
  process.exit(isHelp ? EXIT.done : EXIT.usage);
}
const traces = await mkdtemp(join(tmpdir(), 'asya-pictures-'));
const demo = startDemo(join(traces, 'traces.jsonl'));
try {
  const address = await readAddress(demo);
  await sleep(RUN_MS);
  await takePictures(address);
} finally {
  demo.kill('SIGINT');
  await once(demo, 'exit');
  await rm(traces, { recursive: true });
}

function startDemo(traceFile: string): Demo {
  const options = ['--ui', '--listen', '127.0.0.1:0', '--traces', traceFile];
  const child = spawn(process.execPath, [DEMO, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  killOnExit(child);
  return child;
}

async function readAddress({ stdout }: Demo): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const [address] = /http:\S+#token=\S+/.exec(line) ?? [];
    if (address === undefined) continue;
    stdout.resume();
    return address;
  }
  throw new Error('the demo ended without an address');
}

async function takePictures(address: string): Promise<void> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(NO_CHROMIUM);
  const args = ['--no-sandbox', '--disable-dev-shm-usage'];
  const browser = await chromium.launch({ executablePath, args });
  try {
    for (const picture of PICTURES) {
      const viewport = { width: WIDTH, height: picture.height ?? HEIGHT };
      const page = await browser.newPage({ viewport, reducedMotion: 'reduce' });
      await takePicture(page, address, picture);
      await page.close();
    }
  } finally {
    await browser.close();
  }
}

async function takePicture(page: Page, address: string, picture: Picture): Promise<void> {
  const { name, parameters, prepare } = picture;
  await page.goto(`${address}&${String(new URLSearchParams(parameters))}`);
  await prepare?.(page);
  await sleep(DRAW_MS);
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
}

/** The view opens the only message with an id. */
async function untilOpened(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Payload' }).waitFor();
}

/** Opens the newest journey with several envelopes. */
async function openFanout(page: Page): Promise<void> {
  const row = page.getByRole('row').filter({ has: page.getByRole('cell', { name: /^1\d$/ }) });
  await row.first().getByRole('link').click();
}
