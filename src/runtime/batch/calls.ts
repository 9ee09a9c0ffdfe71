import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import type { Slots } from '../limits/slots.ts';
import type { AbsenceCause, Reply, Request, Runtime, RuntimeState } from '../runtime.ts';
import type { Deliveries } from './deliveries.ts';
import type { BatchLimits, BatchList } from './gathering.ts';

/** Makes the calls of a room. */
export interface Calls {
  call(next: Runtime, request: Request): Promise<Reply>;
  rejectWaiting(reply: Reply, cause: AbsenceCause | undefined): void;
  setState(state: RuntimeState): void;
}

export interface CallsOptions {
  readonly slots: Slots;
  readonly limits: BatchLimits;
  /** The process ends after a call that timed out. */
  readonly endsWithTimeout?: boolean;
  /** Undefined if a call has no list in addition to its payloads. */
  readonly list?: BatchList | undefined;
  readonly deliveries: Deliveries;
  readonly clock: Clock;
  /**
   * Called with the wait of each item for its batch and slot, in milliseconds, in the asynchronous
   * context of its caller.
   */
  readonly onWait?: (waitMs: number) => void;
  readonly log: Log;
}
