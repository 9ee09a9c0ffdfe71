import { createSleep, delayAfter, type Backoff } from './backoff.ts';
import { encodeEnvelope } from './edit.ts';
import { readEnvelope } from './envelope.ts';
import type { Fault } from './errors.ts';
import { errorHeaders } from './failure.ts';
import type { Health, HoldReason } from './health.ts';
import { TRANSPORT_HEADER, type Dispatch, type Hop, type Outcome, type Settled } from './hop.ts';
import type { Intake } from './intake.ts';
import type { Log } from './log.ts';
import { backoffAfter, type RetryPolicy } from './retry.ts';
import { dispatchError, type Place } from './routing.ts';
import {
  SendError,
  type Headers,
  type HeaderValue,
  type Message,
  type Transport,
} from './transport/transport.ts';

/**
 * The four ways to settle a delivery, and the only place that publishes and acknowledges.
 *
 * - *ack*: only after the broker has confirmed every dispatch of the hop.
 * - *retry*: the message goes to this actor's retry queue with the next attempt's number, confirmed; then ack.
 * - *give back*: consuming stops first; then the message returns to its queue, not counted as an attempt.
 * - *hold*: the delivery and what is ready to send are kept, and what is not yet confirmed is published again
 *   with a growing back-off.
 */
export type Settle = (hop: Hop, outcome: Outcome) => Promise<Settled>;

export interface SettleOptions {
  readonly transport: Transport;
  readonly place: Place;
  readonly policy: RetryPolicy;
  readonly intake: Intake;
  readonly health: Health;
  readonly log: Log;
  readonly maxNesting: number;
  /** Aborts when the process lets go of what it holds. */
  readonly closed: AbortSignal;
}

const MAX_UNCONFIRMED = 256;
const HOLD: Backoff = { minMs: 100, maxMs: 30_000, jitter: 0.5 };

export function createSettle(options: SettleOptions): Settle {
  const { transport, place, policy, intake, health, log, closed } = options;
  const sleep = createSleep(closed);

  function settle(hop: Hop, outcome: Outcome): Promise<Settled> {
    switch (outcome.kind) {
      case 'forward':
        return forward(hop, outcome);
      case 'retry':
        return retry(hop, outcome);
      case 'give_back':
        return giveBack(hop, outcome);
    }
  }

  async function forward(hop: Hop, outcome: Extract<Outcome, { kind: 'forward' }>): Promise<Settled> {
    const { parcels, fault = outcome.fault } = pack(hop, outcome.dispatches);
    const putOff = await sendAll(hop, parcels);
    await transport.ack(hop.delivery);
    const name = putOff?.name ?? (fault === outcome.fault ? outcome.name : 'error_end');
    return { name, dispatched: parcels.length, fault: putOff?.fault ?? fault };
  }

  async function retry(hop: Hop, outcome: Extract<Outcome, { kind: 'retry' }>): Promise<Settled> {
    const { fault, delayMs, deferral } = outcome;
    const { body, headers, properties } = hop.delivery;
    const marked = { ...headers, ...marksOf(hop, outcome, policy) };
    await sendBack(hop, { body, headers: marked, properties }, delayMs);
    await transport.ack(hop.delivery);
    return { name: 'retry', fault, dispatched: 0, deferral };
  }

  async function giveBack(hop: Hop, outcome: Extract<Outcome, { kind: 'give_back' }>): Promise<Settled> {
    const { reason } = outcome;
    await intake.pause(reason);
    await transport.nack(hop.delivery);
    intake.backOff();
    // The runtime may have come back before consuming had stopped; then nobody else would resume it.
    if (reason === 'runtime_absent' && health.runtime.ready) intake.resume(reason);
    return { name: 'give_back', dispatched: 0, giveBack: reason };
  }

  /** Encodes the dispatches; when one is too large to be published, an error envelope stands for them all. */
  function pack(hop: Hop, dispatches: readonly Dispatch[]): { parcels: Parcel[]; fault?: Fault } {
    const { maxMessageBytes } = place;
    const parcels = dispatches.map((dispatch) => encode(hop, dispatch, maxMessageBytes, dispatches.length));
    const over = parcels.find((parcel) => !isPublishable(parcel, maxMessageBytes));
    if (over === undefined) return { parcels };
    const text = `a message of ${over.message.body.length} bytes is over the limit of ${maxMessageBytes}`;
    const fault: Fault = { code: 'reply_too_large', message: text };
    return { parcels: [encode(hop, dispatchError(hop, fault, place), maxMessageBytes)], fault };
  }

  /**
   * Sends all parcels, at most 256 of them unconfirmed; returns what was put off. After a throw no other parcel is
   * sent, and it is thrown on only once each publish on its way has ended: the hop is then decided again.
   */
  async function sendAll(hop: Hop, parcels: readonly Parcel[]): Promise<PutOff | undefined> {
    const [first, second] = parcels;
    if (first === undefined || second === undefined) return first && send(hop, first);
    let putOff: PutOff | undefined;
    let failed = false;
    const queue = parcels.values();
    const sendNext = async (): Promise<void> => {
      for (const parcel of queue) {
        if (failed) return;
        putOff = (await send(hop, parcel).catch(fail)) ?? putOff;
      }
    };
    const fail = (error: unknown): never => {
      failed = true;
      throw error;
    };
    const senders = Array.from({ length: Math.min(parcels.length, MAX_UNCONFIRMED) }, sendNext);
    await Promise.allSettled(senders);
    await Promise.all(senders); // throws what a sender threw
    return putOff;
  }

  async function send(hop: Hop, { dispatch, message }: Parcel): Promise<PutOff | undefined> {
    // Without these this sidecar cannot let go of anything: the transport declares them again, and we wait.
    const mustExist = dispatch.kind === 'error_end' || dispatch.kind === 'parked';
    try {
      await hold(hop, dispatch.to, mustExist, () => transport.send(dispatch.to, stamped(message)));
      return undefined;
    } catch (error) {
      if (!isUnroutable(error)) throw error;
      return putOff(hop, dispatch, message);
    }
  }

  /** The dispatch waits in this actor's retry queue, and is only sent on when it comes back. */
  async function putOff(hop: Hop, { to }: Dispatch, message: Message): Promise<PutOff> {
    const tried = hop.forward === undefined ? 1 : hop.attempt;
    const fault: Fault = { code: 'unroutable', message: `no queue takes what is sent to "${to}"` };
    if (tried >= policy.maxAttempts) {
      const envelope = readEnvelope(message.body, { maxNesting: options.maxNesting, atEnd: true });
      const dispatch = dispatchError(hop, fault, place, { envelope, isEnvelope: true, message });
      await send(hop, encode(hop, dispatch, place.maxMessageBytes));
      return { name: 'retry_spent', fault };
    }
    const headers = { [TRANSPORT_HEADER.forward]: to, [TRANSPORT_HEADER.attempt]: tried + 1 };
    await sendBack(hop, { ...message, headers }, backoffAfter(tried, policy));
    return { name: 'retry', fault };
  }

  async function sendBack(hop: Hop, message: Message, delayMs: number): Promise<void> {
    const { id: envelopeId, parentId, headers } = hop.envelope;
    const about = message.about ?? { envelopeId, parentId, journeyId: headers.journeyId };
    const delayed = { ...message, about: { ...about, kind: 'retry' } };
    await hold(hop, place.actor, true, () =>
      transport.send(place.actor, stamped(delayed, delayMs), { delayMs }),
    );
  }

  /** Tries until it succeeds, waiting longer each time; only what nobody takes may fail, unless it must exist. */
  async function hold(hop: Hop, to: string, mustExist: boolean, attempt: () => Promise<void>): Promise<void> {
    let heldFor: HoldReason | undefined;
    try {
      for (let failures = 1; ; failures++) {
        try {
          return await attempt();
        } catch (error) {
          if (!(error instanceof SendError) || hop.abandoned) throw error;
          if (error.code === 'unroutable' && !mustExist) throw error;
          const delayMs = delayAfter(failures, HOLD);
          log.warn(
            { reason: error.message, to, delayMs },
            'held: the broker did not take an envelope; it is sent again',
          );
          heldFor = countHeld(health, heldFor, error.code);
          await sleep(delayMs);
        }
      }
    } finally {
      countHeld(health, heldFor, undefined);
    }
  }

  return settle;
}

/** Counts something as held for another reason than before, also while it is being sent again; returns the reason. */
function countHeld(
  { held }: Health,
  before: HoldReason | undefined,
  now: HoldReason | undefined,
): HoldReason | undefined {
  if (before !== undefined) held.set(before, (held.get(before) ?? 1) - 1);
  if (now !== undefined) held.set(now, (held.get(now) ?? 0) + 1);
  return now;
}

/** A dispatch with the message that it is sent as. */
interface Parcel {
  readonly dispatch: Dispatch;
  readonly message: Message;
}

/** A dispatch that no queue takes: tried again later, or given up. */
interface PutOff {
  readonly name: 'retry' | 'retry_spent';
  readonly fault: Fault;
}

/** What the next delivery of a message has to know of this one; the broker forgets why it moved the message here. */
function marksOf(hop: Hop, outcome: Extract<Outcome, { kind: 'retry' }>, policy: RetryPolicy): Headers {
  const failure = hop.failure === undefined ? {} : errorHeaders(hop.failure);
  return { ...failure, ...attemptMarks(hop, outcome, policy) };
}

function attemptMarks(
  hop: Hop,
  outcome: Extract<Outcome, { kind: 'retry' }>,
  { maxAttempts }: RetryPolicy,
): Headers {
  if (outcome.deferral) return { [TRANSPORT_HEADER.deferrals]: hop.deferrals + 1 };
  if (outcome.alone !== true) return { [TRANSPORT_HEADER.attempt]: hop.attempt + 1 };
  return { [TRANSPORT_HEADER.attempt]: maxAttempts, [TRANSPORT_HEADER.alone]: true };
}

/** The message of a dispatch: its envelope, or the original as it came where that envelope is too large. */
function encode(hop: Hop, dispatch: Dispatch, maxMessageBytes: number, fanoutSize = 1): Parcel {
  const { envelope, edit, kind, asItCame } = dispatch;
  const headers = [...(edit.headers ?? []), ...Object.entries(hop.context)];
  const body = encodeEnvelope(envelope, { ...edit, headers });
  const about = {
    kind,
    envelopeId: edit.id ?? envelope.id,
    parentId: edit.parentId ?? envelope.parentId,
    journeyId: envelope.headers.journeyId,
    fanoutSize,
  };
  const isTooLarge = body.length > maxMessageBytes;
  const message = isTooLarge && asItCame !== undefined ? asItCame : { body, headers: {} };
  return { dispatch, message: { ...message, about } };
}

/** An original as it came is published whatever its size: the broker has taken it before. */
function isPublishable({ dispatch, message }: Parcel, maxMessageBytes: number): boolean {
  return message.body.length <= maxMessageBytes || message.body === dispatch.asItCame?.body;
}

function stamped(message: Message, delayMs = 0): Message {
  const headers: Record<string, HeaderValue> = { ...message.headers };
  headers[TRANSPORT_HEADER.publishedAt] = Date.now();
  if (delayMs > 0) headers[TRANSPORT_HEADER.delayMs] = delayMs;
  return { ...message, headers };
}

function isUnroutable(error: unknown): boolean {
  return error instanceof SendError && error.code === 'unroutable';
}
