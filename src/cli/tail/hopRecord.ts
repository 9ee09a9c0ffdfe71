import { isRecord } from '../../isRecord.ts';

/** A record of `GET /hops`. */
export interface HopRecord {
  /** RFC 3339; the end of the hop. */
  readonly time: string;
  readonly actor: string;
  readonly id: string;
  readonly journey: string;
  readonly outcome: string;
  /** The fault code of a failed attempt. */
  readonly code: string | undefined;
  /**
   * The reason of a give-back, or of a retry that spends no attempt: `probe` after a failed probe
   * of the circuit breaker, `alone` if the attempt is repeated as the only call.
   */
  readonly reason: string | undefined;
  /** The queues of the hop's publishes, separated by commas. */
  readonly next: string | undefined;
  readonly attempt: number;
  readonly durationMs: number;
  /** The duration of the call to the runtime; 0 without a call. */
  readonly runtimeMs: number;
  /** Whether the envelope was called alone after the call of its batch had failed. */
  readonly isAlone?: boolean;
}

/** A line of `GET /hops`: a hop, or the number of hops that this reader has lost. */
export type HopsLine =
  | { readonly kind: 'hop'; readonly hop: HopRecord }
  | { readonly kind: 'dropped'; readonly hops: number };

/** Decodes a line; undefined for a heartbeat, and for a line that this version does not know. */
export function decodeHopsLine(line: string): HopsLine | undefined {
  const value = parse(line);
  if (!isRecord(value)) return undefined;
  const { dropped } = value;
  if (typeof dropped === 'number') {
    return isCount(dropped) ? { kind: 'dropped', hops: dropped } : undefined;
  }
  const hop = decodeHop(value);
  return hop === undefined ? undefined : { kind: 'hop', hop };
}

function decodeHop(value: Readonly<Record<string, unknown>>): HopRecord | undefined {
  const { time, actor, id, journey, outcome, code, reason, next, attempt } = value;
  const { duration_ms, runtime_ms, alone } = value;
  const isComplete =
    typeof time === 'string' &&
    typeof actor === 'string' &&
    typeof id === 'string' &&
    typeof journey === 'string' &&
    typeof outcome === 'string';
  if (!isComplete) return undefined;
  return {
    time,
    actor,
    id,
    journey,
    outcome,
    code: typeof code === 'string' ? code : undefined,
    reason: typeof reason === 'string' ? reason : undefined,
    next: typeof next === 'string' ? next : undefined,
    attempt: isCount(attempt) ? attempt : 1,
    durationMs: isDuration(duration_ms) ? duration_ms : 0,
    runtimeMs: isDuration(runtime_ms) ? runtime_ms : 0,
    ...(alone === true ? { isAlone: true } : {}),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** About three years; a longer time cannot be that of a hop. */
const MAX_DURATION_MS = 1e11;

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_DURATION_MS;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // A heartbeat is an empty line, and a connection may end within a line.
    return undefined;
  }
}
