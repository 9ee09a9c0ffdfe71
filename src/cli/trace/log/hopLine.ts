import { faultText } from '../../../faults.ts';
import { isRecord } from '../../../isRecord.ts';
import { parseLogLine } from '../../input/logEntry.ts';

/** A hop as the log of a sidecar describes it. Undefined members are not in the line. */
export interface HopLine {
  readonly journeyId: string;
  readonly id: string;
  /** The number of hops before this one. */
  readonly hops: number;
  readonly actor: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly startMs: number;
  readonly endMs: number;
  /** The time in the queue, without the delay of a retry. */
  readonly waitMs: number | undefined;
  readonly runtimeMs: number | undefined;
  /** The wait for the rate limit, a part of the hop. */
  readonly rateLimitMs: number | undefined;
  /** The wait for a batch and a slot, a part of the hop. */
  readonly batchWaitMs: number | undefined;
  /** The queue of all publishes of the hop. */
  readonly destination: string | undefined;
  /** Number of envelopes that were sent to other actors. */
  readonly dispatched: number;
  /** The fault code of a failed attempt. */
  readonly code: string | undefined;
  /** The error of an attempt, with its class. */
  readonly message: string | undefined;
  /** The reason of a give-back; `probe` for a failed probe of the circuit breaker. */
  readonly reason: string | undefined;
  /** Another delivery of a message whose outcome was known. */
  readonly isReused: boolean;
  readonly traceId: string | undefined;
}

/** Reads a hop from a line of a log; undefined for other lines. */
export function readHopLine(line: string): HopLine | undefined {
  const entry = parseLogLine(line);
  const { journey_id, envelope_id, actor, outcome, hops, attempt, duration_ms, time } = entry;
  const endMs = Date.parse(String(time));
  const isHop =
    typeof journey_id === 'string' &&
    typeof envelope_id === 'string' &&
    typeof actor === 'string' &&
    typeof outcome === 'string' &&
    typeof duration_ms === 'number' &&
    !Number.isNaN(endMs);
  if (!isHop) return undefined;
  return {
    journeyId: journey_id,
    id: envelope_id,
    hops: numberIn(hops) ?? 0,
    actor,
    attempt: numberIn(attempt) ?? 1,
    outcome,
    startMs: endMs - duration_ms,
    endMs,
    waitMs: numberIn(entry['wait_ms']),
    runtimeMs: numberIn(entry['runtime_ms']),
    rateLimitMs: numberIn(entry['rate_limit_ms']),
    batchWaitMs: numberIn(entry['batch_wait_ms']),
    destination: textIn(entry['destination']),
    dispatched: numberIn(entry['dispatched']) ?? 1,
    code: codeIn(entry),
    message: messageIn(entry),
    reason: entry['probe'] === true ? 'probe' : textIn(entry['reason']),
    isReused: entry['reused'] === true,
    traceId: textIn(entry['trace_id']),
  };
}

/** A deferral has a code too, but the level `info`, which earlier versions logged as a number. */
function codeIn({ outcome, level, code, probe, reason }: Entry): string | undefined {
  const isUncounted = probe === true || reason === 'alone' || level === 'info' || level === 30;
  const isDeferral = outcome === 'retry' && isUncounted;
  return outcome === 'give_back' || isDeferral ? undefined : textIn(code);
}

/** Without a class of its own, an error has the fault code as its type. */
function messageIn({ code, err }: Entry): string | undefined {
  if (!isRecord(err)) return undefined;
  const message = textIn(err['message']);
  const type = textIn(err['type']);
  if (message === undefined || type === code) return message;
  return faultText({ type, message });
}

type Entry = ReturnType<typeof parseLogLine>;

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
