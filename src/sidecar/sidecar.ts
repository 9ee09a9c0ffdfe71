import { setTimeout as sleep } from 'node:timers/promises';
import type { Hop, HopProcessor } from '../hop/hop.ts';
import type { Log } from '../log.ts';
import { freeBuffer } from '../freeBuffer.ts';
import type { Delivery, Transport } from '../transport/transport.ts';
import type { Health } from './health.ts';
import type { Intake } from './intake.ts';

export interface SidecarOptions {
  readonly actor: string;
  readonly transport: Transport;
  readonly read: (delivery: Delivery) => Hop;
  readonly process: HopProcessor;
  readonly intake: Intake;
  readonly health: Health;
  readonly log: Log;
}

/** The longest wait of a drain for the broker to stop delivering, in milliseconds. */
const PAUSE_TIMEOUT_MS = 400;

/** Consumes the actor's queue and processes each delivery. */
export class Sidecar {
  readonly #options: SidecarOptions;
  #quiet: PromiseWithResolvers<void> | undefined;

  constructor(options: SidecarOptions) {
    this.#options = options;
  }

  /** Consumes while the runtime is ready. */
  start(): void {
    const { actor, transport, intake, health } = this.#options;
    intake.start((prefetch, signal) =>
      transport.receive(actor, (delivery) => this.accept(delivery), { prefetch, signal }),
    );
    health.watchRuntime(({ ready }) => {
      if (ready) intake.resume('runtime_absent');
      else void intake.pause('runtime_absent');
    });
  }

  /** Processes a delivery. Never throws. */
  accept(delivery: Delivery): void {
    const { health, intake } = this.#options;
    health.inFlight++;
    void this.#process(delivery).then(() => {
      if (--health.inFlight > 0) return;
      // A suspect is processed when nothing else is in flight.
      intake.resume('suspect');
      this.#quiet?.resolve();
      this.#quiet = undefined;
    });
  }

  /**
   * Stops consuming and finishes the hops in flight, for at most `timeoutMs`.
   * @returns the number of hops that are still in flight
   */
  async drain(timeoutMs: number): Promise<number> {
    const { health, intake } = this.#options;
    health.draining = true;
    const drained = async (): Promise<void> => {
      const paused = intake.pause('draining');
      await Promise.race([paused, sleep(PAUSE_TIMEOUT_MS, undefined, { ref: false })]);
      if (health.inFlight > 0) await (this.#quiet ??= Promise.withResolvers()).promise;
    };
    await Promise.race([drained(), sleep(timeoutMs, undefined, { ref: false })]);
    return health.inFlight;
  }

  async #process(delivery: Delivery): Promise<void> {
    const { read, process, intake, log } = this.#options;
    let hop: Hop | undefined;
    try {
      hop = read(delivery);
      const { name, fault } = await process(hop);
      if (name === 'give_back') return;
      intake.resetBackoff();
      // A runtime that replied without a fault has read the payload, so that no socket writes it.
      if (fault === undefined) freeBuffer(delivery.body);
    } catch (error) {
      const ids = { journey_id: hop?.envelope.headers.journeyId, envelope_id: hop?.envelope.id };
      log.error({ ...ids, err: error }, 'delivery left unsettled; the broker redelivers it');
    }
  }
}
