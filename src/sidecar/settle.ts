import { createSleep, retryWithBackoff, type Backoff } from '../backoff.ts';
import {
  replyCopyOf,
  type ActorRouting,
  type Dispatch,
  type Hop,
  type PauseReason,
  type ReplyCopy,
} from '../hop/hop.ts';
import type { Undelivered } from '../hop/undelivered.ts';
import type { Log } from '../log.ts';
import { freeBuffer } from '../freeBuffer.ts';
import { TRANSPORT_HEADER, type Message } from '../transport/message.ts';
import {
  SendError,
  type Delivery,
  type ReplyTransport,
  type SendErrorCode,
  type Transport,
} from '../transport/transport.ts';
import { SECOND } from '../units.ts';
import { eachConcurrently } from './concurrently.ts';
import type { Deliver } from './deliver.ts';
import { encodeDispatch, isTooLarge, type Encoded } from './encodeDispatch.ts';
import { Hold, type Health } from './health.ts';
import type { Intake } from './intake.ts';

/** Carries out decisions: the only place that publishes, acknowledges and gives back. */
export interface Settle {
  /**
   * Publishes dispatches and returns those that the transport did not accept. Resolves when the
   * broker has confirmed all others. While the broker accepts nothing, the hop is held: it keeps its
   * delivery and publishes again, after growing delays. The sender of an envelope for an end gets a
   * copy, without a wait.
   */
  publish(hop: Hop, dispatches: readonly Dispatch[]): Promise<readonly Undelivered[]>;
  /** Acknowledges the delivery. To be called after the last `publish` of the hop. */
  ack(hop: Hop): Promise<void>;
  /** Stops consuming, then returns the delivery to its queue. */
  giveBack(hop: Hop, reason: PauseReason): Promise<void>;
}

export interface SettleOptions {
  readonly deliver: Deliver;
  readonly transport: Transport & Pick<ReplyTransport, 'sendCopy'>;
  readonly intake: Intake;
  readonly health: Health;
  readonly routing: Pick<ActorRouting, 'happyEnd' | 'errorEnd'>;
  readonly maxMessageBytes: number;
  readonly log: Log;
  /** Aborts when the process releases its deliveries. */
  readonly closed: AbortSignal;
}

/** The layers that give back for these reasons pause and resume consuming themselves. */
const LIMITS: ReadonlySet<PauseReason> = new Set(['breaker', 'rate_limit']);

const MAX_UNCONFIRMED = 256;
const HOLD: Backoff = { minMs: 100, maxMs: 30 * SECOND, jitter: 0.5 };

export function createSettle(options: SettleOptions): Settle {
  const { deliver, transport, intake, health, routing, maxMessageBytes, log, closed } = options;
  const sleep = createSleep(closed);

  return {
    async publish(hop, dispatches) {
      const encoded = dispatches.map((one) => encodeDispatch(hop, one, maxMessageBytes));
      // The messages contain copies of the payloads.
      for (const { edit } of dispatches) if (edit.payload !== undefined) freeBuffer(edit.payload);
      const tooLarge = encoded.filter((one) => isTooLarge(one, maxMessageBytes));
      if (tooLarge.length > 0) return tooLarge.map((one) => undelivered(one, 'too_large'));
      const results = await eachConcurrently(encoded, MAX_UNCONFIRMED, (one) => send(hop, one));
      return results.filter((result) => result !== undefined);
    },
    async ack({ delivery }) {
      await transport.ack(delivery);
    },
    async giveBack({ delivery }, reason) {
      if (LIMITS.has(reason)) return giveBackByLimit(delivery);
      await intake.pause(reason);
      await transport.nack(delivery);
      intake.backOff();
      // The runtime may have become ready before consuming stopped, and reports no further change.
      if (reason === 'runtime_absent' && health.runtime.ready) intake.resume(reason);
    },
  };

  async function giveBackByLimit(delivery: Delivery): Promise<void> {
    await intake.idle();
    await transport.nack(delivery);
  }

  async function send(hop: Hop, one: Encoded): Promise<Undelivered | undefined> {
    const returned = returnedErrors(one.dispatch);
    try {
      const sent = await holdUntilSent(hop, one, returned);
      const copy = replyCopyOf(one.dispatch, routing);
      if (copy !== undefined) transport.sendCopy(copy.queue, copyOf(sent, copy));
    } catch (error) {
      if (error instanceof SendError && returned.has(error.code)) return undelivered(one, error);
      throw error;
    }
    const { body } = one.publish.message;
    if (body !== hop.delivery.body) freeBuffer(body);
    return undefined;
  }

  async function holdUntilSent(hop: Hop, one: Encoded, returned: SendErrorCodes): Promise<Message> {
    const { to } = one.dispatch;
    const hold = new Hold(health);
    try {
      return await retryWithBackoff(() => sendOnce(one), {
        backoff: HOLD,
        sleep,
        onFailure(error, delayMs) {
          if (!(error instanceof SendError) || hop.isAbandoned()) throw error;
          if (returned.has(error.code)) throw error;
          const { code, message: reason } = error;
          log.warn({ code, reason, to, delayMs }, 'envelope not accepted; hop held');
          hold.set(error.code);
        },
      });
    } finally {
      hold.set(undefined);
    }
  }

  /**
   * If the broker refuses an error envelope, its original is sent: that has been accepted before.
   * If the broker refuses access to the queue, it would refuse the original, too.
   * @returns the message that the broker has confirmed
   */
  async function sendOnce({ dispatch: { original }, publish }: Encoded): Promise<Message> {
    try {
      await deliver(publish);
      return publish.message;
    } catch (error) {
      if (original === undefined || !isMessageRefusal(error)) throw error;
      await deliver({ ...publish, message: original });
      return original;
    }
  }
}

/** The copy of a message for the sender of its envelope. */
function copyOf(sent: Message, { end }: ReplyCopy): Message {
  return { ...sent, headers: { ...sent.headers, [TRANSPORT_HEADER.end]: end } };
}

function undelivered({ dispatch, publish }: Encoded, reason: Undelivered['reason']): Undelivered {
  return { dispatch, message: publish.message, reason };
}

type SendErrorCodes = ReadonlySet<SendErrorCode>;

const NONE: SendErrorCodes = new Set();
const REFUSED: SendErrorCodes = new Set(['refused']);
const UNDELIVERABLE: SendErrorCodes = new Set(['unroutable', 'refused']);

/** The errors that go back to the decision. For all others the hop is held. */
function returnedErrors({ kind, fallback }: Dispatch): SendErrorCodes {
  if (fallback !== undefined) return REFUSED;
  switch (kind) {
    case 'next':
    case 'fanout':
    case 'happy_end':
      return UNDELIVERABLE;
    case 'error_end':
    case 'parked':
    case 'retry':
      // The sidecar's own queues: the transport declares them again.
      return NONE;
  }
}

function isMessageRefusal(error: unknown): boolean {
  return error instanceof SendError && error.code === 'refused' && !error.accessRefused;
}
