import type { PauseReason } from '../hop/hop.ts';
import type { RuntimeState } from '../runtime/runtime.ts';
import type { SendErrorCode, TransportState } from '../transport/transport.ts';

/** The reason why a hop is held: the broker does not accept its dispatches. */
export type HoldReason = SendErrorCode;

/** The current state of the sidecar. Its parts write it; `/readyz` and metrics read it. */
export class Health {
  transport: TransportState = { connected: false, blocked: false, missing: [] };
  draining = false;
  /** The number of deliveries that are not settled. */
  inFlight = 0;
  /** Those of them that have joined the hop of an earlier delivery of their message. */
  joined = 0;
  /** The number of deliveries that the broker may have unsettled; 0 while consuming is stopped. */
  prefetch = 0;
  /** Consuming starts when the runtime is ready. */
  readonly paused = new Set<PauseReason>(['runtime_absent']);
  /** The state of the circuit breaker and its last error, while it is not closed. */
  breaker = '';
  /** The number of hops that wait for the rate limit. */
  rateLimited = 0;
  /** The number of held hops by reason; a reason may be present with 0. */
  readonly held = new Map<HoldReason, number>();
  #runtime: RuntimeState = { ready: false, reason: 'not checked yet' };
  readonly #listeners: ((state: RuntimeState) => void)[] = [];

  get runtime(): RuntimeState {
    return this.#runtime;
  }

  set runtime(state: RuntimeState) {
    this.#runtime = state;
    for (const listener of this.#listeners) listener(state);
  }

  /** Calls `listener` now and at each change of the runtime's state. */
  watchRuntime(listener: (state: RuntimeState) => void): void {
    this.#listeners.push(listener);
    listener(this.#runtime);
  }
}

/** The count of one held hop in `Health.held`, also while its dispatch is being sent again. */
export class Hold {
  readonly #held: Health['held'];
  #reason: HoldReason | undefined;

  constructor({ held }: Health) {
    this.#held = held;
  }

  /** Counts the hop for this reason, and for no earlier one. Undefined ends the hold. */
  set(reason: HoldReason | undefined): void {
    if (this.#reason !== undefined) this.#add(this.#reason, -1);
    if (reason !== undefined) this.#add(reason, 1);
    this.#reason = reason;
  }

  #add(reason: HoldReason, count: number): void {
    this.#held.set(reason, (this.#held.get(reason) ?? 0) + count);
  }
}

/** The reasons why the sidecar is not ready, one sentence each; empty when it is ready. */
export function problemsOf(health: Health): string[] {
  const { transport, runtime, draining, held, paused } = health;
  const problems: string[] = [];
  if (draining) problems.push('draining');
  if (!transport.connected) problems.push(`broker: not connected${reasonIn(transport)}`);
  if (transport.blocked) problems.push('broker: blocked, it accepts no publishes');
  for (const missing of transport.missing) problems.push(`broker: ${missing}`);
  if (!runtime.ready) problems.push(`runtime: ${runtime.reason}`);
  if (paused.has('breaker')) problems.push(`circuit breaker: ${health.breaker}`);
  for (const [reason, count] of held) {
    if (count === 0) continue;
    problems.push(`held: ${count} ${count === 1 ? 'envelope' : 'envelopes'} (${reason})`);
  }
  return problems;
}

function reasonIn({ disconnect }: TransportState): string {
  return disconnect === undefined ? '' : ` (${disconnect.reason})`;
}
