import { setTimeout as sleep } from 'node:timers/promises';
import type { Health } from './health.ts';
import type { Hop, HopProcessor } from '../hop/hop.ts';
import type { Intake } from './intake.ts';
import type { Log } from '../log.ts';
import { freeBuffer } from '../freeBuffer.ts';
import type { Delivery } from '../transport/transport.ts';

/** The service: what is received is handled and settled, until it is drained. */
export interface Sidecar {
  /** Takes a delivery; what becomes of it is this object's business. Never throws. */
  take(delivery: Delivery): void;
  /** The runtime is there, or is not: consumes only while it is. */
  runtimeChanged(): void;
  /**
   * Stops consuming and finishes what is in flight, for at most so many milliseconds.
   * @returns how many hops were still in flight when the time was over
   */
  drain(timeoutMs: number): Promise<number>;
}

export interface SidecarOptions {
  readonly read: (delivery: Delivery) => Hop;
  readonly work: HopProcessor;
  readonly intake: Intake;
  readonly health: Health;
  readonly log: Log;
}

/**
 * How long a drain waits for the broker to stop delivering: what it delivers later returns to the
 * queue.
 */
const PAUSE_TIMEOUT_MS = 400;

export function createSidecar({ read, work, intake, health, log }: SidecarOptions): Sidecar {
  let inFlight = 0;
  let quiet: PromiseWithResolvers<void> | undefined;

  async function hop(delivery: Delivery): Promise<void> {
    let taken: Hop | undefined;
    try {
      taken = read(delivery);
      const settled = await work(taken);
      if (settled.name !== 'give_back') intake.resetBackoff();
      // Without a fault the runtime has answered, so that no socket still writes the payload.
      if (settled.fault === undefined && settled.name !== 'give_back') freeBuffer(delivery.body);
    } catch (error) {
      // The hop is over, and its lines' ids with it.
      const envelope = taken?.envelope;
      const ids = { journey_id: envelope?.headers.journeyId, envelope_id: envelope?.id };
      log.error(
        { ...ids, err: error },
        'a delivery was left unsettled; the broker delivers it again',
      );
    }
  }

  return {
    take(delivery) {
      inFlight++;
      void hop(delivery).then(() => {
        if (--inFlight > 0) return;
        // A suspect is handled alone: only when nothing else is in flight does consuming go on.
        intake.resume('suspect');
        quiet?.resolve();
        quiet = undefined;
      });
    },

    runtimeChanged() {
      if (health.runtime.ready) intake.resume('runtime_absent');
      else void intake.pause('runtime_absent');
    },

    async drain(timeoutMs) {
      health.draining = true;
      const drained = async (): Promise<void> => {
        const paused = intake.pause('draining');
        await Promise.race([paused, sleep(PAUSE_TIMEOUT_MS, undefined, { ref: false })]);
        if (inFlight > 0) await (quiet ??= Promise.withResolvers()).promise;
      };
      await Promise.race([drained(), sleep(timeoutMs, undefined, { ref: false })]);
      return inFlight;
    },
  };
}
