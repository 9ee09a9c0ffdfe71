import type { Edit } from '../envelope/edit.ts';
import type { Envelope } from '../envelope/envelope.ts';
import type { Failure, Fault } from '../faults.ts';
import type { Delivery } from '../transport/transport.ts';
import type { Message } from '../transport/message.ts';

/**
 * Terms:
 *
 * - *hop*: one envelope at one actor, from the delivery to the acknowledgment.
 * - *outcome*: the decision about a hop, as data. Deciding does no I/O.
 * - *dispatch*: one message that a hop sends.
 * - *settled*: the result of a hop after all its dispatches are confirmed and its delivery is
 *   acknowledged or returned.
 */

/** One envelope at this actor. It is read once, when its delivery arrives. */
export interface Hop {
  readonly delivery: Delivery;
  readonly envelope: Envelope;
  /** The fault of an unreadable or misrouted message; its `envelope` is then a placeholder. */
  readonly refused: Fault | undefined;
  /**
   * At error-end: the failure of an original that was sent unchanged, without an error envelope. The
   * `envelope` is then an error envelope made of it.
   */
  readonly failure?: Failure;
  /** The time at which the delivery arrived, in milliseconds since the Unix epoch. */
  readonly receivedAtMs: number;
  /** The number of this attempt; the first is 1. */
  readonly attempt: number;
  /** The number of times that the runtime has deferred this message. */
  readonly deferrals: number;
  /** The actor to resend the envelope to, without a call: it was unroutable earlier. */
  readonly forward: string | undefined;
  /** The message may crash the runtime, so that no other call may run at the same time. */
  readonly alone: boolean;
  /** Trace headers for every dispatched envelope. An undefined value removes the header. */
  readonly traceHeaders: Readonly<Record<string, string | undefined>>;
  /** Whether the hop must end unsettled, because the broker delivers its message again. */
  readonly isAbandoned: () => boolean;
}

/** Milliseconds until the envelope's deadline; Infinity without a deadline. */
export function timeLeftMs({ envelope }: Hop): number {
  const { deadlineMs } = envelope.headers;
  return deadlineMs === undefined ? Number.POSITIVE_INFINITY : deadlineMs - Date.now();
}

/**
 * The purpose of a dispatch:
 *
 * - `next`: to the next actor
 * - `fanout`: to the next actor, as one of several
 * - `happy_end`, `error_end`: to an end
 * - `retry`: to this actor's retry queue
 * - `parked`: to error-end's parked queue
 */
export type DispatchKind = 'next' | 'fanout' | 'happy_end' | 'error_end' | 'retry' | 'parked';

/** One message that a hop sends. */
export interface Dispatch {
  /** The name of the queue. */
  readonly to: string;
  readonly kind: DispatchKind;
  readonly envelope: Envelope;
  /** Changes to `envelope`, made when the dispatch is encoded. */
  readonly edit: Edit;
  /** Sent unchanged, instead of the edited envelope. */
  readonly message?: Message;
  /** Sent instead of the edited envelope when that is too large for the broker. */
  readonly original?: Message;
  /** The delay before delivery, in milliseconds; 0 when absent. */
  readonly delayMs?: number;
  /** The number of envelopes in a fan-out. */
  readonly fanoutSize?: number;
  /** The dispatch to send when the broker refuses this one. */
  readonly fallback?: Dispatch;
}

/** The copy of a dispatch for the sender of the envelope. */
export interface ReplyCopy {
  /** The name of the sender's reply queue. */
  readonly queue: string;
  /** The end that the envelope goes to. */
  readonly end: 'happy_end' | 'error_end';
}

/**
 * Decides about the copy of a dispatch. Only an envelope that goes to an end is copied, also if its
 * route names the end.
 */
export function replyCopyOf(
  { to, kind, envelope }: Dispatch,
  routing: Pick<ActorRouting, 'happyEnd' | 'errorEnd'>,
): ReplyCopy | undefined {
  const queue = envelope.headers.replyTo;
  if (queue === undefined || kind === 'retry' || kind === 'parked') return undefined;
  if (to === routing.happyEnd) return { queue, end: 'happy_end' };
  return to === routing.errorEnd ? { queue, end: 'error_end' } : undefined;
}

/** Names of outcomes in logs, metrics and spans. */
export type OutcomeName =
  | 'forward'
  | 'fanout'
  | 'empty'
  | 'end'
  | 'forwarded'
  | 'retry'
  | 'retry_spent'
  | 'error_end'
  | 'give_back'
  | 'parked';

/** The decision about a hop. */
export type Outcome = Complete | Retry | GiveBack;

/** The hop ends: its dispatches are sent and its delivery is acknowledged. */
export interface Complete {
  readonly kind: 'complete';
  readonly name: Exclude<OutcomeName, 'retry' | 'give_back'>;
  readonly dispatches: readonly Dispatch[];
  readonly fault?: Fault;
}

/** The message is sent to this actor's retry queue. */
export interface Retry {
  readonly kind: 'retry';
  readonly fault: Fault;
  readonly delayMs: number;
  /** The attempt is not counted: the runtime has requested the delay, or `probe`, or `alone`. */
  readonly deferral: boolean;
  /** The call was a failed probe of the circuit breaker; no deferral is counted either. */
  readonly probe?: boolean;
  /**
   * The next call is the only one in the runtime. It is the last attempt, or with `deferral` this
   * attempt again.
   */
  readonly alone?: boolean;
}

/** The delivery returns to its queue; the attempt is not counted. */
export interface GiveBack {
  readonly kind: 'give_back';
  readonly reason: PauseReason;
}

/** The reason why consuming is paused. */
export type PauseReason = 'runtime_absent' | 'suspect' | 'draining' | 'breaker' | 'rate_limit';

/** The result of a hop. */
export interface Settled {
  readonly name: OutcomeName;
  readonly fault?: Fault | undefined;
  /** The number of envelopes that were sent to other actors. */
  readonly dispatched: number;
  /**
   * The outcome of an earlier delivery of the same message was used; the runtime was not called.
   */
  readonly reused?: boolean;
  readonly deferral?: boolean;
  /** A failed probe of the circuit breaker. */
  readonly probe?: boolean;
  /** The attempt is repeated alone: its call was not the only one in the runtime. */
  readonly alone?: boolean;
  readonly giveBack?: PauseReason;
}

/** Decides about a hop. A throw means that the hop is undecided. */
export type Decide = (hop: Hop) => Promise<Outcome>;

/** Processes a hop: decides, sends, and acknowledges. */
export type HopProcessor = (hop: Hop) => Promise<Settled>;
/** The routing settings of this actor. */
export interface ActorRouting {
  readonly actor: string;
  readonly happyEnd: string;
  readonly errorEnd: string;
  /** The actor is an end: its runtime is called, and its replies are not routed. */
  readonly isEnd: boolean;
  readonly maxFanout: number;
  readonly maxMessageBytes: number;
}
