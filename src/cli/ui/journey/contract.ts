/** `GET /api/journeys`: the newest journeys in memory, at most 200, the newest first. */
export interface JourneyList {
  readonly journeys: readonly JourneySummary[];
  /** What is not in the list, and why; a line each. */
  readonly gaps: readonly string[];
}

export interface JourneySummary {
  readonly id: string;
  /** RFC 3339; the end of its last hop. */
  readonly time: string;
  /** From its start to the end of its last hop. */
  readonly durationMs: number;
  readonly hops: number;
  readonly state: JourneyState;
  /** The actors of its hops, in order, at most 20. */
  readonly actors: readonly string[];
}

/**
 * - `failed`: an envelope went to error-end, and no later hop of it is known
 * - `waiting`: no envelope failed; one was sent to an actor, and no later hop of it is known
 * - `done`: all envelopes reached happy-end or ended without a result
 */
export type JourneyState = 'done' | 'failed' | 'waiting';

/** The body of `POST /api/journeys/find`. A path or a query could not contain every id. */
export interface JourneyRequest {
  /** The id of a journey, or of an envelope of it. */
  readonly id: string;
  /** Shows all children of a fan-out, as far as they fit into the answer. @default false */
  readonly isUnfolded?: boolean;
  /** A repeated request: error-end's queue is read at most once a minute. @default false */
  readonly isPoll?: boolean;
}

/**
 * `POST /api/journeys/find`; 404 when no source has the journey. Built from trace files, or else
 * from the hops in memory; errors come from error-end's queue.
 */
export interface Journey {
  readonly id: string;
  readonly state: JourneyState;
  /**
   * The source of the rows. Without traces, the times in queues are unknown. `errors` and
   * `published` have no rows: the journey is known by its errors, or because this page sent it.
   */
  readonly source: 'traces' | 'hops' | 'errors' | 'published';
  /** RFC 3339 */
  readonly start?: string;
  readonly durationMs: number;
  /** Number of hops. */
  readonly hops: number;
  /** In the order of a waterfall: each row is followed by its children. At most 2,000. */
  readonly rows: readonly JourneyRow[];
  /** The actors in the order of the route, and what happened there. */
  readonly stops: readonly JourneyStop[];
  readonly waiting: readonly WaitingEnvelopes[];
  /** Envelopes wait, or the last hop is so recent that its source may not have all of it yet. */
  readonly mayChange: boolean;
  readonly failures: readonly JourneyFailure[];
  readonly traceIds: readonly string[];
  /** The route of its newest error envelope, if one is in error-end's queue. */
  readonly route?: { readonly actors: readonly string[]; readonly current: number };
  /** What the answer does not contain, and the source that would add it; a line each. */
  readonly gaps: readonly string[];
}

export interface WaitingEnvelopes {
  readonly actor: string;
  readonly count: number;
  /** RFC 3339; the earliest one. */
  readonly since: string;
}

/** An actor of a journey, or an end. */
export interface JourneyStop {
  readonly name: string;
  readonly kind: 'actor' | 'happy_end' | 'error_end';
  readonly state: StopState;
  /** Number of hops; 0 for a part of the route that was not reached. */
  readonly hops: number;
  /** Number of envelopes that failed here, and were not replayed since. */
  readonly failed: number;
  /** Number of envelopes that were sent here, and of which no hop here is known. */
  readonly waiting: number;
  /** Number of attempts that were repeated: retries and deliveries that were given back. */
  readonly repeated: number;
  /** Whether it sent envelopes to several children. */
  readonly isFanout: boolean;
}

/** `ahead`: the route names the actor, and no envelope was sent to it. */
export type StopState = 'done' | 'failed' | 'waiting' | 'ahead';

/**
 * A hop, a span of the runtime's own code, or rows that are left out: `folded` for the other
 * children of a fan-out, which `isUnfolded` shows, and `omitted` for rows that do not fit.
 */
export interface JourneyRow {
  readonly kind: 'hop' | 'runtime_span' | 'folded' | 'omitted';
  /** Unique in the journey, and the same in the next answer. */
  readonly key: string;
  readonly depth: number;
  /** The actor, or the name of a runtime's span; of a folded row, the actor of the children. */
  readonly name: string;
  /** The id of the envelope. */
  readonly id?: string;
  readonly outcome?: string;
  readonly code?: string;
  readonly message?: string;
  /** The reason of a give-back; `probe` for a failed probe of the circuit breaker. */
  readonly reason?: string;
  readonly attempt?: number;
  /** The index of a child in its fan-out, from 0. */
  readonly child?: number;
  /** Why the hop follows; absent for the next hop of a route. */
  readonly via?: 'retry' | 'replay' | 'redelivery' | 'stale' | 'fanout';
  /** Whether the attempt failed; a later attempt may have succeeded. */
  readonly isError?: boolean;
  /** Whether the envelope's way ends here, at error-end. */
  readonly isFailure?: boolean;
  /** What the hop sent, and what no hop follows. */
  readonly waiting?: readonly WaitingEnvelopes[];
  /** The rows that a folded or omitted row stands for: children, or rows. */
  readonly counts?: RowCounts;
  /** In milliseconds from the start of the journey; in order, without overlap. */
  readonly parts: readonly RowPart[];
}

export interface RowCounts {
  readonly all: number;
  readonly failed: number;
  readonly waiting: number;
  /** In milliseconds from the start of the journey: from the first start to the last end. */
  readonly startMs: number;
  readonly endMs: number;
}

export interface RowPart {
  readonly kind: 'queue' | 'rate_limit' | 'sidecar' | 'runtime';
  readonly startMs: number;
  readonly endMs: number;
}

/** An error in error-end's queue. */
export interface JourneyFailure {
  readonly id: string;
  readonly actor?: string;
  readonly code?: string;
  /** The exception's class. */
  readonly type?: string;
  readonly text: string;
  readonly attempt?: number;
  /** RFC 3339 */
  readonly failedAt?: string;
  /** The first lines. */
  readonly traceback?: string;
}
