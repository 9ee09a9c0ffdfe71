import type { Ledger } from '../ledger.ts';
import type { FanoutMark } from './fanouts.ts';

/**
 * Enters into the books what a line of a sidecar's log, as JSON, tells of fan-outs and of repetitions:
 *
 * - A delivery that had come before: its first one may have been sent on before it could be settled.
 * - A publish that was tried again, as nobody knew whether the broker had it.
 * - Another attempt at an end, whose runtime may have done its work before it failed.
 */
export function enterLogLine(ledger: Ledger, line: string): void {
  const entry = parse(line);
  const { envelope_id: id, redelivered, outcome, attempt } = entry;
  if (typeof id !== 'string') return;
  const fanout = fanoutIn(entry, id);
  if (fanout !== undefined) ledger.fannedOut(fanout);
  if (typeof redelivered === 'number') ledger.mayRepeat(id, 'delivered again', redelivered);
  if (isUnsure(entry)) ledger.mayRepeat(id, 'published again');
  if (outcome === 'end' && Number(attempt) > 1) ledger.mayRepeat(id, 'tried again at the end');
}

function fanoutIn(
  { outcome, hops, dispatched }: Record<string, unknown>,
  of: string,
): FanoutMark | undefined {
  if (outcome !== 'fanout' || typeof hops !== 'number' || typeof dispatched !== 'number') return undefined;
  return { of, hop: hops, total: dispatched };
}

/** A publish failed in a way that leaves open whether the broker has the message. */
function isUnsure({ err }: Record<string, unknown>): boolean {
  return isRecord(err) && (err['code'] === 'unconfirmed' || err['code'] === 'lost');
}

function parse(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : {};
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // A log may have lines of others, and end in the middle of one.
    return {};
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
