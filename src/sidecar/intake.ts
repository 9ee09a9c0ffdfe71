import type { Health } from './health.ts';
import type { PauseReason } from '../hop/pauseReason.ts';
import type { Log } from '../log.ts';
import type { Subscription } from '../transport/transport.ts';

/** The one owner of consuming: everybody who wants it paused or resumed asks here. */
export interface Intake {
  /** Stops consuming for a reason; resolves when the broker has answered. */
  pause(reason: PauseReason): Promise<void>;
  /**
   * Takes a reason away; consuming goes on when none is left and the back-off after a give-back is
   * over.
   */
  resume(reason: PauseReason): void;
  /** Why consuming is paused; undefined when it is not. */
  reason(): PauseReason | undefined;
  /** To be called when something is given back: consuming waits, twice as long each time. */
  backOff(): void;
  /** To be called when a hop has ended well: the next back-off starts from the shortest again. */
  resetBackoff(): void;
  /** Tells whether a delivery is suspect. True when it must be given back, to be handled alone. */
  isolate(suspect: boolean): boolean;
  /** Resolves when no pausing, resuming or narrowing is on its way. */
  idle(): Promise<void>;
}

export interface IntakeOptions {
  /** Begins to consume; rejects when `cancelled` aborts while it waits for the broker. */
  readonly receive: (prefetch: number, cancelled: AbortSignal) => Promise<Subscription>;
  readonly prefetch: number;
  readonly health: Health;
  readonly log: Log;
  /** What waits for the runtime and has not reached it is to be given back. */
  readonly turnAway: () => void;
}

const MIN_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 30_000;

export function createIntake({ receive, prefetch, health, log, turnAway }: IntakeOptions): Intake {
  const { paused } = health;
  let narrowed = false;
  /** How many more that are not suspect are taken one at a time. */
  let ordinaryLeft = 0;
  let current: { readonly subscription: Subscription; readonly prefetch: number } | undefined;
  /** A `receive` that waits for the broker. */
  let opening: { readonly cancel: AbortController; readonly prefetch: number } | undefined;
  let changing: Promise<void> = Promise.resolve();
  let backoffMs = MIN_BACKOFF_MS;
  let notBefore = 0;
  let timer: NodeJS.Timeout | undefined;

  /** Changes follow one another: what is wanted may have changed again when a change begins. */
  function change(): Promise<void> {
    // The broker may never answer, and what follows must not wait for it.
    if (opening !== undefined && opening.prefetch !== wantedPrefetch()) opening.cancel.abort();
    changing = changing.then(apply).catch((error: unknown) => {
      log.error({ err: error }, 'consuming could not be changed; it is tried again');
      resumeLater(MIN_BACKOFF_MS);
    });
    return changing;
  }

  async function apply(): Promise<void> {
    const backoffLeftMs = notBefore - performance.now();
    if (backoffLeftMs > 0) resumeLater(backoffLeftMs);
    const wanted = wantedPrefetch();
    if (current !== undefined && current.prefetch !== wanted) {
      const { subscription } = current;
      current = undefined;
      await subscription.cancel();
    }
    if (current === undefined && wanted > 0) await open(wanted);
  }

  /** 0 while nothing is to be consumed. */
  function wantedPrefetch(): number {
    if (paused.size > 0 || performance.now() < notBefore) return 0;
    return narrowed ? 1 : prefetch;
  }

  async function open(wanted: number): Promise<void> {
    const cancel = new AbortController();
    opening = { cancel, prefetch: wanted };
    try {
      current = { subscription: await receive(wanted, cancel.signal), prefetch: wanted };
    } catch (error) {
      if (!cancel.signal.aborted) throw error;
    } finally {
      opening = undefined;
    }
  }

  function resumeLater(delayMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void change(), delayMs);
  }

  function pause(reason: PauseReason): Promise<void> {
    if (!paused.has(reason)) {
      paused.add(reason);
      log.info({ reason }, 'consuming is paused');
    }
    turnAway();
    return change();
  }

  /** Tells whether the suspect has to come again: it was delivered among others. */
  function narrow(): boolean {
    // As many may have been given back with it as were in hand, and come before it.
    ordinaryLeft = prefetch;
    if (narrowed) return paused.has('suspect');
    narrowed = true;
    void pause('suspect');
    return true;
  }

  function widen(): void {
    narrowed = false;
    void change();
  }

  return {
    pause,
    resume(reason) {
      if (!paused.delete(reason) || paused.size > 0) return;
      log.info({ reason }, 'consuming goes on');
      void change();
    },
    reason: () => paused.values().next().value,
    backOff() {
      // What is given back together waits once.
      if (performance.now() < notBefore) return;
      notBefore = performance.now() + backoffMs;
      backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
      void change();
    },
    resetBackoff() {
      backoffMs = MIN_BACKOFF_MS;
    },
    isolate(suspect) {
      if (prefetch === 1) return false;
      if (suspect) return narrow();
      // What was on its way when consuming was paused is not what comes one at a time.
      if (narrowed && !paused.has('suspect') && --ordinaryLeft === 0) widen();
      return false;
    },
    idle: () => changing,
  };
}
