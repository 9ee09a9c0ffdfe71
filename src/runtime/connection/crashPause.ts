import { setTimeout as sleep } from 'node:timers/promises';
import type { CallReply } from '../runtime.ts';

/** The pause before the first connect after a crash, in milliseconds. */
export const CRASH_PAUSE_MS = 100;

/**
 * Delays connects after a crash. A process that ends closes its connections before its listening
 * socket: a connect that follows at once succeeds, and its call would spend an attempt on a runtime
 * that never reads it.
 */
export class CrashPause {
  readonly #durationMs: number;
  #endsAtMs = 0;

  constructor(durationMs: number) {
    this.#durationMs = durationMs;
  }

  /** Records the reply of a call. */
  record(reply: CallReply): void {
    if (isCrash(reply)) this.#endsAtMs = performance.now() + this.#durationMs;
  }

  /** Waits for the rest of the pause, at most for half of the time of the call. */
  async passed(leftMs: number): Promise<void> {
    const pauseMs = Math.min(this.#endsAtMs - performance.now(), leftMs / 2);
    if (pauseMs > 0) await sleep(pauseMs);
  }

  isOver(): boolean {
    return performance.now() >= this.#endsAtMs;
  }
}

export function isCrash(reply: CallReply): boolean {
  return reply.kind === 'failed' && reply.fault.code === 'runtime_crashed';
}
