/** `GET /api/journeys`: the newest journeys in memory, the newest first. */
export interface JourneyList {
  readonly journeys: readonly JourneySummary[];
}

export interface JourneySummary {
  readonly id: string;
  /** RFC 3339; the end of its last hop. */
  readonly time: string;
  readonly hops: number;
  readonly state: JourneyState;
  /** The actors of its hops, in order. */
  readonly actors: readonly string[];
}

/** `waiting`: an envelope was sent to an actor, and no later hop of it is known. */
export type JourneyState = 'done' | 'failed' | 'waiting';

/**
 * `GET /api/journeys/ID`, with the id of a journey or of an envelope of it; 404 when no source has
 * it. Built from trace files, or else from the hops in memory; errors come from error-end's queue.
 */
export interface Journey {
  readonly id: string;
  readonly state: JourneyState;
  /** The source of the rows. Without traces, the times in queues are unknown. */
  readonly source: 'traces' | 'hops' | 'errors';
  /** RFC 3339 */
  readonly start?: string;
  readonly durationMs: number;
  /** In the order of a waterfall: each row is followed by its children. */
  readonly rows: readonly JourneyRow[];
  readonly waiting: readonly { readonly actor: string; readonly count: number }[];
  readonly failures: readonly JourneyFailure[];
  readonly traceIds: readonly string[];
  /** The route of its newest error envelope, if one is in error-end's queue. */
  readonly route?: { readonly actors: readonly string[]; readonly current: number };
}

/** A hop, a span of the runtime's own code, or a part of a fan-out that is folded. */
export interface JourneyRow {
  readonly kind: 'hop' | 'runtime_span' | 'folded';
  readonly depth: number;
  /** The actor, or the name of a runtime's span. */
  readonly name: string;
  /** The id of the envelope. */
  readonly id?: string;
  readonly outcome?: string;
  readonly code?: string;
  readonly message?: string;
  readonly attempt?: number;
  /** The index of a child in its fan-out, from 0. */
  readonly child?: number;
  readonly via?: 'retry' | 'replay' | 'stale' | 'fanout';
  /** The number of the rows that a folded row stands for, and of the failed ones among them. */
  readonly count?: number;
  readonly failed?: number;
  /** In milliseconds from the start of the journey; in order, without overlap. */
  readonly parts: readonly RowPart[];
}

export interface RowPart {
  readonly kind: 'queue' | 'rate_limit' | 'sidecar' | 'runtime';
  readonly startMs: number;
  readonly endMs: number;
}

export interface JourneyFailure {
  readonly id: string;
  readonly actor?: string;
  readonly code?: string;
  readonly text: string;
  /** RFC 3339 */
  readonly failedAt?: string;
}
