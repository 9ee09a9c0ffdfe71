import { setTimeout as sleep } from 'node:timers/promises';
import type { RunLedger } from './runLedger.ts';

const CHECK_INTERVAL_MS = 500;

/**
 * Waits until each envelope has reached an end. Resolves to false when envelopes are missing and
 * none has arrived for `stallTimeoutMs`.
 */
export async function untilAllArrived(ledger: RunLedger, stallTimeoutMs: number): Promise<boolean> {
  let last = { arrivalCount: -1, atMs: performance.now() };
  for (;;) {
    await ledger.readFiles();
    if (allArrived(ledger)) return true;
    if (performance.now() - last.atMs > stallTimeoutMs) return false;
    if (ledger.arrivalCount !== last.arrivalCount)
      last = { arrivalCount: ledger.arrivalCount, atMs: performance.now() };
    await sleep(CHECK_INTERVAL_MS);
  }
}

export function allArrived(ledger: RunLedger): boolean {
  const { lost, stuck } = ledger.reconcile();
  return lost.length + stuck.length === 0;
}
