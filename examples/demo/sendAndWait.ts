import { setTimeout as sleep } from 'node:timers/promises';
import { addUp, type Tally } from './tally.ts';
import { openSender } from './broker.ts';
import type { DemoEnvelope } from './scenarios.ts';
import type { Deployment } from './deployment.ts';
import { createProgress, type Progress } from './progress.ts';
import type { Terminal } from './terminal.ts';

/** When nothing has arrived for so long, what is missing is lost. */
const PATIENCE_MS = 15_000;
const POLL_MS = 100;
const MAX_UNCONFIRMED = 64;

export interface SendAndWaitOptions {
  readonly place: Deployment;
  readonly books: Tally;
  readonly terminal: Terminal;
  /** Aborts when nobody waits for it any more. */
  readonly over: AbortSignal;
}

/** Sends everything, and waits until it has arrived, or nothing arrives any more. */
export async function sendAndWait(
  parcels: readonly DemoEnvelope[],
  { place, books, terminal, over }: SendAndWaitOptions,
): Promise<void> {
  for (const parcel of parcels) books.sent(parcel);
  const progress = createProgress(terminal, 'envelopes have arrived');
  await Promise.all([sendAll(parcels, place, over), untilArrived(books, progress, over)]);
  progress.end();
}

async function sendAll(
  parcels: readonly DemoEnvelope[],
  place: Deployment,
  over: AbortSignal,
): Promise<void> {
  const sender = await openSender(place);
  const queue = parcels.values();
  const sendNext = async (): Promise<void> => {
    for (const parcel of queue) {
      over.throwIfAborted();
      await sender.send(parcel);
    }
  };
  try {
    await Promise.all(Array.from({ length: MAX_UNCONFIRMED }, sendNext));
  } finally {
    await sender.close();
  }
}

async function untilArrived(books: Tally, progress: Progress, over: AbortSignal): Promise<void> {
  let before = -1;
  let since = performance.now();
  for (;;) {
    const { sent, fannedOut, lost } = addUp(books.rows());
    const [expected, arrived] = [sent + fannedOut, sent + fannedOut - lost];
    progress.update(arrived, expected);
    if (arrived !== before) since = performance.now();
    before = arrived;
    if (lost === 0 || performance.now() - since > PATIENCE_MS) return;
    await sleep(POLL_MS, undefined, { signal: over });
  }
}
