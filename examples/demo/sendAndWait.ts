import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND } from '../../src/units.ts';
import { openSender } from './broker.ts';
import type { Deployment } from './deployment.ts';
import { Progress } from './progress.ts';
import type { DemoEnvelope } from './scenarios.ts';
import type { Screen } from './screen.ts';
import { addUp, type Tally } from './tally.ts';

/** The missing envelopes are lost when none arrives for this time. */
const IDLE_TIMEOUT_MS = 15 * SECOND;
const POLL_MS = 100;
const MAX_UNCONFIRMED = 64;

export interface SendAndWaitOptions {
  readonly deployment: Deployment;
  readonly tally: Tally;
  readonly screen: Screen;
  /** Ends the wait. */
  readonly stopped: AbortSignal;
}

/** Sends all envelopes. Resolves when all have arrived, or when none arrives for 15 seconds. */
export async function sendAndWait(
  envelopes: readonly DemoEnvelope[],
  { deployment, tally, screen, stopped }: SendAndWaitOptions,
): Promise<void> {
  for (const envelope of envelopes) tally.recordSent(envelope);
  const progress = new Progress(screen, 'envelopes arrived');
  await Promise.all([
    sendAll(envelopes, deployment, stopped),
    untilArrived(tally, progress, stopped),
  ]);
  progress.end();
}

async function sendAll(
  envelopes: readonly DemoEnvelope[],
  deployment: Deployment,
  stopped: AbortSignal,
): Promise<void> {
  const sender = await openSender(deployment);
  const remaining = envelopes.values();
  const sendRemaining = async (): Promise<void> => {
    for (const envelope of remaining) {
      stopped.throwIfAborted();
      await sender.send(envelope);
    }
  };
  try {
    await Promise.all(Array.from({ length: MAX_UNCONFIRMED }, sendRemaining));
  } finally {
    await sender.close();
  }
}

async function untilArrived(tally: Tally, progress: Progress, stopped: AbortSignal): Promise<void> {
  let arrivedBefore = -1;
  let changedAtMs = performance.now();
  for (;;) {
    const { sent, fannedOut, lost } = addUp(tally.rows());
    const expected = sent + fannedOut;
    const arrived = expected - lost;
    progress.update(arrived, expected);
    if (arrived !== arrivedBefore) changedAtMs = performance.now();
    arrivedBefore = arrived;
    if (lost === 0 || performance.now() - changedAtMs > IDLE_TIMEOUT_MS) return;
    await sleep(POLL_MS, undefined, { signal: stopped });
  }
}
