import { UNKNOWN_CODE, type Ledger } from './ledger.ts';
import type { FanoutMark } from './fanouts.ts';

/**
 * Enters into the books what a line of a sidecar's log, as JSON, says about arrivals, fan-outs and
 * repetitions:
 *
 * - A hop of an end: the envelope has arrived, also where the end has no runtime that could say so.
 * - A hop after which the envelope waits for another attempt, in a queue or a retry queue.
 * - A delivery that had come before: its first one may have been sent on before it could be
 *   settled.
 * - A publish that was tried again, as nobody knew whether the broker had it.
 * - Another attempt at an end, whose runtime may have done its work before it failed.
 */
export function recordLogLine(ledger: Ledger, line: string, errorEnd = 'error-end'): void {
  const entry = parse(line);
  const { envelope_id: id, redelivered, outcome, attempt } = entry;
  if (typeof id !== 'string') return;
  enterHop(ledger, entry, id, errorEnd);
  const fanout = fanoutIn(entry, id);
  if (fanout !== undefined) ledger.recordFanout(fanout);
  if (typeof redelivered === 'number')
    ledger.recordPossibleCopies(id, 'delivered again', redelivered);
  if (isUnsure(entry)) ledger.recordPossibleCopies(id, 'published again');
  if (outcome === 'end' && Number(attempt) > 1)
    ledger.recordPossibleCopies(id, 'tried again at the end');
}

function enterHop(
  ledger: Ledger,
  entry: Record<string, unknown>,
  id: string,
  errorEnd: string,
): void {
  const { outcome, actor, code, failed_actor: failedActor, reused, time } = entry;
  if (typeof failedActor === 'string' && typeof code === 'string') ledger.recordFaultCode(id, code);
  if (typeof outcome !== 'string') return;
  ledger.recordHop(
    id,
    Date.parse(String(time)) || 0,
    outcome === 'retry' || outcome === 'give_back',
  );
  // Another delivery of a message whose hop is in the log already.
  if (reused === true) return;
  const isError = outcome === 'parked' || (outcome === 'end' && actor === errorEnd);
  if (!isError && outcome !== 'end') return;
  ledger.recordArrival({ id, fanout: undefined }, isError ? UNKNOWN_CODE : undefined, 'log');
}

function fanoutIn(
  { outcome, hops, dispatched }: Record<string, unknown>,
  of: string,
): FanoutMark | undefined {
  if (outcome !== 'fanout' || typeof hops !== 'number' || typeof dispatched !== 'number')
    return undefined;
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
