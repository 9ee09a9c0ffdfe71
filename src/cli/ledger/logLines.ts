import { isRecord } from '../../isRecord.ts';
import { parseLogLine, type LogEntry } from '../input/logEntry.ts';
import type { FanoutMark } from './fanouts.ts';
import { UNKNOWN_CODE, type Ledger } from './ledger.ts';

/**
 * Records the arrivals, fan-outs and possible duplicates in a line of a sidecar's JSON log. A line
 * is evidence of
 *
 * - an arrival: a hop of an end, even if the end has no runtime that records it;
 * - a waiting envelope: a hop after which the envelope waits for another attempt;
 * - possible copies: a redelivery, because the earlier delivery may have been forwarded before it
 *   was settled; a publish that was repeated because its confirm was missing; and a second call at
 *   an end, whose runtime may have done its work before it failed: of a later attempt, of an
 *   envelope alone after the call of its batch, or of an attempt that is repeated alone.
 *
 * Other lines, and lines that are not JSON, are ignored. The level of a line is not used.
 */
export function recordLogLine(ledger: Ledger, line: string, errorEnd = 'error-end'): void {
  const entry = parseLogLine(line);
  const { envelope_id: id, redelivered, outcome, attempt, alone, reason } = entry;
  if (typeof id !== 'string') return;
  recordHop(ledger, entry, id, errorEnd);
  const fanout = readFanout(entry, id);
  if (fanout !== undefined) ledger.recordFanout(fanout);
  if (typeof redelivered === 'number')
    ledger.recordPossibleCopies(id, 'delivered again', redelivered);
  if (isUnconfirmed(entry)) ledger.recordPossibleCopies(id, 'published again');
  if (outcome === 'end' && Number(attempt) > 1)
    ledger.recordPossibleCopies(id, 'tried again at the end');
  // Of a hop that is retried, the log does not say whether the actor is an end.
  if (alone === true && (outcome === 'end' || outcome === 'retry'))
    ledger.recordPossibleCopies(id, 'called alone after a failed batch');
  if (outcome === 'retry' && reason === 'alone')
    ledger.recordPossibleCopies(id, 'called again alone');
}

function recordHop(ledger: Ledger, entry: LogEntry, id: string, errorEnd: string): void {
  const { outcome, actor, code, failed_actor: failedActor, reused, time } = entry;
  if (typeof failedActor === 'string' && typeof code === 'string') ledger.recordFaultCode(id, code);
  if (typeof outcome !== 'string') return;
  const waits = outcome === 'retry' || outcome === 'give_back';
  ledger.recordHop(id, Date.parse(String(time)) || 0, waits);
  // The log contains the hop already: this is another delivery of the same message.
  if (reused === true) return;
  const isError = outcome === 'parked' || (outcome === 'end' && actor === errorEnd);
  if (!isError && outcome !== 'end') return;
  ledger.recordArrival({ id, fanout: undefined }, isError ? UNKNOWN_CODE : undefined, 'log');
}

function readFanout({ outcome, hops, dispatched }: LogEntry, of: string): FanoutMark | undefined {
  if (outcome !== 'fanout' || typeof hops !== 'number' || typeof dispatched !== 'number')
    return undefined;
  return { of, hop: hops, total: dispatched };
}

/** Reports whether a publish failed without an answer, so that the broker may have the message. */
function isUnconfirmed({ code, err }: LogEntry): boolean {
  return [code, isRecord(err) && err['code']].some(
    (value) => value === 'unconfirmed' || value === 'lost',
  );
}
