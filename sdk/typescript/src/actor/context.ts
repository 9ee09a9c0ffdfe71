/** What is known about a call. A field that the protocol does not carry is undefined. */
export interface Context {
  /** Id of the envelope. */
  readonly id: string | undefined;
  /** Id of the first envelope of the journey. */
  readonly journey: string | undefined;
  /** The name of the actor. */
  readonly actor: string | undefined;
  /** Counted from 1. */
  readonly attempt: number | undefined;
  /** The deadline of the envelope. */
  readonly deadline: Date | undefined;
  /** Milliseconds before the sidecar stops waiting for this call; 0 if they have passed. */
  readonly timeLeft: number | undefined;
  /** The same for all attempts of a hop: the key of an operation that must happen once. */
  readonly idempotencyKey: string | undefined;
  /** Whether the time of the call has passed. The sidecar then ignores the result. */
  readonly cancelled: boolean;
  /** Aborts when the time of the call has passed. Pass it to `fetch` and to timers. */
  readonly signal: AbortSignal;
  /** `http`: the headers of the request. `envelope`: those of the envelope; changes are sent on. */
  readonly headers: Record<string, unknown>;
  /** `envelope`: the route. The actors after the current one may be changed. */
  readonly route: Route | undefined;
  /** The bytes of the request: the payload, or the envelope. Undefined in a batch. */
  readonly body: Buffer | undefined;
}

export interface Route {
  actors: string[];
  /** The index of this actor. */
  readonly current: number;
}

export interface CallFields {
  readonly id?: string | undefined;
  readonly journey?: string | undefined;
  readonly actor?: string | undefined;
  readonly attempt?: number | undefined;
  readonly deadline?: Date | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly headers?: Record<string, unknown>;
  readonly route?: Route | undefined;
  readonly body?: Buffer | undefined;
  /** The time that the sidecar waits for the call, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** The context of a running call. */
export class CallContext implements Context {
  readonly id: string | undefined;
  readonly journey: string | undefined;
  readonly actor: string | undefined;
  readonly attempt: number | undefined;
  readonly deadline: Date | undefined;
  readonly idempotencyKey: string | undefined;
  readonly headers: Record<string, unknown>;
  readonly route: Route | undefined;
  readonly body: Buffer | undefined;
  /** On the clock of `performance.now()`. */
  readonly #timeoutAtMs: number;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(fields: CallFields) {
    const { timeoutMs = Number.POSITIVE_INFINITY, headers = {} } = fields;
    this.id = fields.id;
    this.journey = fields.journey;
    this.actor = fields.actor;
    this.attempt = fields.attempt;
    this.deadline = fields.deadline;
    this.idempotencyKey = fields.idempotencyKey;
    this.headers = headers;
    this.route = fields.route;
    this.body = fields.body;
    this.#timeoutAtMs = performance.now() + timeoutMs;
  }

  get timeLeft(): number | undefined {
    const leftMs = this.#leftMs();
    return leftMs === Number.POSITIVE_INFINITY ? undefined : Math.max(0, leftMs);
  }

  get cancelled(): boolean {
    // A timer may fire a fraction of a millisecond early.
    return this.#controller?.signal.aborted === true || this.#leftMs() <= 0;
  }

  /** Created at the first access, because most calls need neither the signal nor its timer. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (!this.#controller.signal.aborted && this.#timer === undefined) this.#startTimer();
    return this.#controller.signal;
  }

  /** Ends the call. Its signal no longer aborts. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #startTimer(): void {
    const leftMs = this.#leftMs();
    if (leftMs <= 0) this.#abort();
    else if (leftMs !== Number.POSITIVE_INFINITY)
      this.#timer = setTimeout(() => this.#abort(), Math.min(leftMs, MAX_TIMER_MS)).unref();
  }

  #abort(): void {
    this.#controller?.abort(new DOMException('the time of the call has passed', 'TimeoutError'));
  }

  #leftMs(): number {
    const timeoutLeftMs = this.#timeoutAtMs - performance.now();
    // The time-out ends at the deadline; it does not depend on the clock of another host.
    if (timeoutLeftMs !== Number.POSITIVE_INFINITY || this.deadline === undefined)
      return timeoutLeftMs;
    return this.deadline.getTime() - Date.now();
  }
}

/** The longest delay of a Node timer: 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;
