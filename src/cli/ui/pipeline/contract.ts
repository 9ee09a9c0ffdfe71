/**
 * A line of `GET /api/pipeline`, NDJSON: the whole pipeline at once, and after each change, at most
 * once a second. An empty object is a heartbeat, sent every 5 s.
 */
export type PipelineEvent = Pipeline | Readonly<Record<string, never>>;

export interface Pipeline {
  /** RFC 3339 */
  readonly asOf: string;
  readonly actors: readonly Actor[];
  readonly edges: readonly Edge[];
}

/** An actor, or an end. Numbers are absent while their source is missing. */
export interface Actor {
  readonly name: string;
  readonly kind: 'actor' | 'happy_end' | 'error_end';
  /** The sidecars of the actor that this server follows. */
  readonly sidecars: readonly SidecarState[];
  readonly queue?: QueueCounts;
  readonly rates?: Rates;
  /** Over the last minute. */
  readonly times?: Times;
}

export interface SidecarState {
  readonly address: string;
  /** Undefined while the sidecar does not answer. */
  readonly isReady?: boolean;
  /** The problems of `/readyz`, or why it does not answer; empty before the first reading. */
  readonly problems: readonly string[];
}

/** Numbers of messages. */
export interface QueueCounts {
  /** False when the broker has no such queue. */
  readonly exists: boolean;
  readonly ready: number;
  /** Messages that wait for their next attempt. */
  readonly retry?: number;
  readonly parked?: number;
  readonly consumers?: number;
}

/** Per second, over the last minute. */
export interface Rates {
  /** Finished hops: neither retried nor given back. */
  readonly hops: number;
  /** Hops that ended in an error envelope. */
  readonly errors: number;
  /** Failed attempts that are retried. */
  readonly retries: number;
}

/** Milliseconds; absent without a hop in the last minute. */
export interface Times {
  readonly queueP50?: number;
  readonly queueP95?: number;
  readonly runtimeP50?: number;
  readonly runtimeP95?: number;
}

/** Envelopes that one actor sends to another one. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** Per second, over the last minute; absent when it is not known. */
  readonly rate?: number;
}

/**
 * `GET /api/pipeline/actors/NAME`: the last 10 minutes of an actor, a point about every 5 s, the
 * oldest first; 404 for an actor that no source has named.
 */
export interface ActorHistory {
  readonly points: readonly HistoryPoint[];
}

export interface HistoryPoint {
  /** RFC 3339 */
  readonly time: string;
  readonly ready?: number;
  readonly hopRate?: number;
  readonly errorRate?: number;
  readonly queueP95?: number;
  readonly runtimeP95?: number;
}
