import type { AbsenceCause } from '../runtime.ts';

/** The deliveries behind the requests. */
export interface Deliveries {
  /** Whether another request may arrive before one of `count` requests has ended. */
  mayArrive(count: number): boolean;
  /** Why requests that wait are given back; undefined while they may be called. */
  giveBackCause(): AbsenceCause | undefined;
}
