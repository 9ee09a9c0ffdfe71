import { setTimeout as sleep } from 'node:timers/promises';
import { addUp, type Books } from './books.ts';
import { openSender } from './broker.ts';
import type { Parcel } from './kinds.ts';
import type { Place } from './place.ts';
import { createProgress, type Progress } from './progress.ts';
import type { Terminal } from './terminal.ts';

/** When nothing has arrived for so long, what is missing is lost. */
const PATIENCE_MS = 15_000;
const POLL_MS = 100;
const MAX_UNCONFIRMED = 64;

export interface Travel {
  readonly place: Place;
  readonly books: Books;
  readonly terminal: Terminal;
  /** Aborts when nobody waits for it any more. */
  readonly over: AbortSignal;
}

/** Sends everything, and waits until it has arrived, or nothing arrives any more. */
export async function travel(
  parcels: readonly Parcel[],
  { place, books, terminal, over }: Travel,
): Promise<void> {
  for (const parcel of parcels) books.sent(parcel);
  const progress = createProgress(terminal, 'envelopes have arrived');
  await Promise.all([sendAll(parcels, place, over), untilArrived(books, progress, over)]);
  progress.end();
}

async function sendAll(parcels: readonly Parcel[], place: Place, over: AbortSignal): Promise<void> {
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

async function untilArrived(books: Books, progress: Progress, over: AbortSignal): Promise<void> {
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
