import type { InspectableTransport } from '../../src/transport/inspection/inspectableTransport.ts';
import type { Random } from './random.ts';

/** The broker of a pipeline, and the faults that can be injected into it. */
export interface FaultyBroker {
  /** The variables with which a sidecar connects to the broker. */
  readonly env: Readonly<Record<string, string>>;
  /** A transport for producers that no network fault affects. */
  readonly transport: InspectableTransport;
  /** Injects a fault, by name. Each function resolves when the fault is over. */
  readonly faults: Readonly<Record<string, (run: RunControl) => Promise<void>>>;
  /** Describes the messages in each queue, for people. */
  describeQueues(): Promise<string>;
  close(): Promise<void>;
}

/** The functions of a run that a fault may use. */
export interface RunControl {
  readonly random: Random;
  /** Suspends a sidecar's process. */
  suspend(this: void, actor: string, durationMs: number): Promise<void>;
  /**
   * Waits until the pipeline is empty and then calls a function while nothing else is sent.
   * Resolves when the pipeline is empty again.
   */
  runWhenIdle(run: () => Promise<void>): Promise<void>;
  /**
   * Sends envelopes with a call time at one actor and all later ones. Resolves when the actor's
   * runtime processes all of them.
   */
  sendSlow(count: number, actor: string, callMs: number): Promise<void>;
}
