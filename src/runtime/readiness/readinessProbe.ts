import type { Log } from '../../log.ts';
import { SECOND } from '../../units.ts';
import type { RuntimeState } from '../runtime.ts';
import type { Endpoint } from '../socket/endpoint.ts';
import { connectProblemOf, healthProblemOf, type HealthRequest } from './endpointCheck.ts';
import { ReadyFile, readyFileOf } from './readyFile.ts';

export interface ReadinessProbeOptions {
  readonly endpoint: Endpoint;
  /** @default none; a connection is opened instead */
  readonly health?: HealthRequest | undefined;
  /** The time without a ready runtime after which one error is logged, in milliseconds. */
  readonly readyTimeoutMs: number;
  /** @default 1000 */
  readonly intervalMs?: number;
  /** Whether no call runs and no connection is open, so that a test connection is harmless. */
  readonly isQuiet: () => boolean;
  /** Called after the first check, and at each change. */
  readonly onState: (state: RuntimeState) => void;
  readonly log: Log;
}

/** Determines whether the runtime can be called. */
export interface ReadinessProbe {
  /** Checks now. */
  check(): Promise<void>;
  /** Records that a call could not connect to the runtime. */
  reportUnreachable(reason: string): void;
  /** Records that a call has crashed. A health request follows at once. */
  reportCrash(): void;
  close(): void;
}

/**
 * Checks the runtime once a second.
 *
 * With a health request, the runtime is ready if it answers with a status 2xx within 2 s, also
 * while calls run. Each check decides by itself. A crashed call is followed by a check at once.
 *
 * Without one, the runtime is ready if the file `runtime-ready` exists next to its Unix socket, or
 * if a connection succeeds. A ready runtime is then not checked while calls run or connections are
 * open, because calls detect its loss.
 */
export function openReadinessProbe(options: ReadinessProbeOptions): ReadinessProbe {
  return new IntervalProbe(options);
}

class IntervalProbe implements ReadinessProbe {
  readonly #options: ReadinessProbeOptions;
  readonly #readyFile: ReadyFile;
  readonly #timer: NodeJS.Timeout;
  #state: RuntimeState | undefined;
  #unreadySinceMs = performance.now();
  #hasTimedOut = false;
  #isChecking = false;

  constructor(options: ReadinessProbeOptions) {
    const { endpoint, health, isQuiet, intervalMs = SECOND } = options;
    this.#options = options;
    this.#readyFile = new ReadyFile(readyFileOf(endpoint.address));
    this.#timer = setInterval(() => {
      const isDue = health !== undefined || this.#state?.ready !== true || isQuiet();
      if (isDue) void this.check();
    }, intervalMs);
  }

  async check(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      const problem = await this.#findProblem();
      if (problem === undefined) this.#setReady();
      else this.#setUnready(problem);
    } finally {
      this.#isChecking = false;
    }
  }

  reportUnreachable(reason: string): void {
    this.#readyFile.distrust();
    this.#setUnready(reason);
  }

  reportCrash(): void {
    // A proxy answers each call with 502 at once while the server behind it is down.
    if (this.#options.health !== undefined) void this.check();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #findProblem(): Promise<string | undefined> {
    const { endpoint, health } = this.#options;
    if (health !== undefined) return healthProblemOf(endpoint, health);
    return (await this.#readyFile.isTrusted()) ? undefined : connectProblemOf(endpoint);
  }

  #setReady(): void {
    this.#hasTimedOut = false;
    this.#setState({ ready: true });
  }

  #setUnready(reason: string): void {
    const { readyTimeoutMs, log } = this.#options;
    if (this.#state?.ready === true) this.#unreadySinceMs = performance.now();
    if (!this.#hasTimedOut && performance.now() - this.#unreadySinceMs >= readyTimeoutMs) {
      this.#hasTimedOut = true;
      log.error({ reason, readyTimeoutMs }, 'runtime not ready in time');
    }
    const suffix = this.#hasTimedOut ? ` (for longer than ${readyTimeoutMs} ms)` : '';
    this.#setState({ ready: false, reason: `${reason}${suffix}` });
  }

  #setState(next: RuntimeState): void {
    const current = this.#state;
    const isSame = next.ready
      ? current?.ready === true
      : current?.ready === false && current.reason === next.reason;
    this.#state = next;
    if (!isSame) this.#options.onState(next);
  }
}
