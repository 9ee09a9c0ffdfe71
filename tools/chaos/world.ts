import type { InspectableTransport } from '../../src/transport/transport.ts';
import type { Random } from './random.ts';

/** What a pipeline runs on, and what can be done to it. */
export interface World {
  /** For the sidecars. */
  readonly env: Readonly<Record<string, string>>;
  /** For producers, past every fault of the network. */
  readonly transport: InspectableTransport;
  /** By name; each resolves when all is well again. */
  readonly disasters: Readonly<Record<string, (stage: Stage) => Promise<void>>>;
  /** What is in which queue, for people. */
  describeQueues(): Promise<string>;
  close(): Promise<void>;
}

/** What a disaster may ask of the run that it happens in. */
export interface Stage {
  readonly random: Random;
  /** Stops a sidecar's process without ending it, for so long. */
  freeze(this: void, actor: string, ms: number): Promise<void>;
  /**
   * Runs something while nothing else happens and the pipeline is empty; resolves when it is empty
   * again.
   */
  alone(run: () => Promise<void>): Promise<void>;
  /**
   * Sends envelopes that take so long at one actor and all that follow; resolves when its runtime
   * has all in hand.
   */
  sendSlow(count: number, to: string, takesMs: number): Promise<void>;
}
