/** A hop of a sidecar, as the page receives it. */
export interface Hop {
  /** Increases by 1 for each hop that this server has received. */
  readonly number: number;
  /** RFC 3339; the end of the hop. */
  readonly time: string;
  readonly actor: string;
  readonly id: string;
  readonly journey: string;
  readonly outcome: string;
  /** The fault code of a failed attempt. */
  readonly code?: string;
  /**
   * The reason of a give-back, or of a retry that spends no attempt: `probe` after a failed probe
   * of the circuit breaker, `alone` if the attempt is repeated as the only call.
   */
  readonly reason?: string;
  /** The queues of the hop's publishes; the last one is `…` when there are more. */
  readonly next: readonly string[];
  readonly attempt: number;
  readonly durationMs: number;
  readonly runtimeMs: number;
}

/**
 * A line of `GET /api/hops`, NDJSON: first `start`, then the newest hops in memory, then each hop
 * as it happens. An empty object is a heartbeat, sent every 5 s.
 */
export type HopsEvent =
  | { readonly start: HopsStart }
  | { readonly hops: readonly Hop[] }
  /** The number of hops that were not sent, because a reader was slow. */
  | { readonly dropped: number }
  | Readonly<Record<string, never>>;

export interface HopsStart {
  /**
   * A text that differs after each start of the server. The numbers of hops begin again with 1
   * then; while it is the same, a reader knows from a hop's number whether it has the hop already.
   */
  readonly server: string;
  /** The number of the next hop that happens; hops with smaller numbers come from memory. */
  readonly next: number;
}
