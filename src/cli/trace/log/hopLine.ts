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
  /** The queue of all publishes of the hop. */
  readonly destination: string | undefined;
  /** The fault code and message of a failed attempt. */
  readonly failure: { readonly code: string; readonly message: string | undefined } | undefined;
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
    destination: textIn(entry['destination']),
    failure: failureIn(entry),
    isReused: entry['reused'] === true,
    traceId: textIn(entry['trace_id']),
  };
}

/** A deferral has a code too, but the level `info`, which earlier versions logged as a number. */
function failureIn({ outcome, level, code, err }: Entry): HopLine['failure'] {
  const isDeferral = outcome === 'retry' && (level === 'info' || level === 30);
  if (typeof code !== 'string' || outcome === 'give_back' || isDeferral) return undefined;
  return { code, message: isRecord(err) ? textIn(err['message']) : undefined };
}

type Entry = ReturnType<typeof parseLogLine>;

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
