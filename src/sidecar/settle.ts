import { createSleep, delayAfter, type Backoff } from '../backoff.ts';
import { encodeEnvelope } from '../envelope/edit.ts';
import { readEnvelope } from '../envelope/envelope.ts';
import type { Fault } from '../faults.ts';
import { errorHeaders } from '../hop/failure/errorHeaders.ts';
import type { Health, HoldReason } from './health.ts';
import type { Dispatch, Hop, Outcome, Settled } from '../hop/hop.ts';
import {
  type Headers,
  type HeaderValue,
  type Message,
  TRANSPORT_HEADER,
} from '../transport/message.ts';
import type { Intake } from './intake.ts';
import type { Log } from '../log.ts';
import { freeBuffer } from '../freeBuffer.ts';
import { backoffAfter, type RetryPolicy } from '../hop/retry.ts';
import { dispatchError, type ActorRouting } from '../hop/routing.ts';
import { SendError, type SendErrorCode, type Transport } from '../transport/transport.ts';

/**
 * The four ways to settle a delivery, and the only place that publishes and acknowledges.
 *
 * - *ack*: only after the broker has confirmed every dispatch of the hop.
 * - *retry*: the message goes to this actor's retry queue with the next attempt's number,
 *   confirmed; then ack.
 * - *give back*: consuming stops first; then the message returns to its queue, not counted as an
 *   attempt.
 * - *hold*: the delivery and what is ready to send are kept, and what is not yet confirmed is published again
 *   with a growing back-off.
 */
export type Settle = (hop: Hop, outcome: Outcome) => Promise<Settled>;

export interface SettleOptions {
  readonly transport: Transport;
  readonly place: ActorRouting;
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

  async function forward(
    hop: Hop,
    outcome: Extract<Outcome, { kind: 'forward' }>,
  ): Promise<Settled> {
    const { parcels, fault = outcome.fault } = pack(hop, outcome.dispatches);
    const putOff = await sendAll(hop, parcels);
    await transport.ack(hop.delivery);
    for (const { message } of parcels)
      if (message.body !== hop.delivery.body) freeBuffer(message.body);
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

  async function giveBack(
    hop: Hop,
    outcome: Extract<Outcome, { kind: 'give_back' }>,
  ): Promise<Settled> {
    const { reason } = outcome;
    await intake.pause(reason);
    await transport.nack(hop.delivery);
    intake.backOff();
    // The runtime may have come back before consuming had stopped; then nobody else would resume
    // it.
    if (reason === 'runtime_absent' && health.runtime.ready) intake.resume(reason);
    return { name: 'give_back', dispatched: 0, giveBack: reason };
  }

  /**
   * Encodes the dispatches; when one is too large to be published, an error envelope stands for
   * them all.
   */
  function pack(hop: Hop, dispatches: readonly Dispatch[]): { parcels: Parcel[]; fault?: Fault } {
    const { maxMessageBytes } = place;
    const parcels = dispatches.map((dispatch) =>
      encode(hop, dispatch, maxMessageBytes, dispatches.length),
    );
    // They are copied into the messages.
    for (const { edit } of dispatches) if (edit.payload !== undefined) freeBuffer(edit.payload);
    const over = parcels.find((parcel) => !isPublishable(parcel, maxMessageBytes));
    if (over === undefined) return { parcels };
    const text = `a message of ${over.message.body.length} bytes is over the limit of ${maxMessageBytes}`;
    const fault: Fault = { code: 'reply_too_large', message: text };
    return { parcels: [encode(hop, dispatchError(hop, fault, place), maxMessageBytes)], fault };
  }

  /**
   * Sends all parcels, at most 256 of them unconfirmed; returns what was put off. After a throw no
   * other parcel is sent, and it is thrown on only once each publish on its way has ended: the hop
   * is then decided again.
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

  async function send(hop: Hop, parcel: Parcel): Promise<PutOff | undefined> {
    const { dispatch } = parcel;
    // Without these this sidecar cannot settle anything: the transport declares them again, and the
    // hop is held.
    const mustTake = dispatch.kind === 'error_end' || dispatch.kind === 'parked';
    try {
      await sendParcel(hop, parcel, mustTake ? NEVER : UNDELIVERABLE);
      return undefined;
    } catch (error) {
      if (!isUndeliverable(error)) throw error;
      return putOff(hop, parcel, faultOf(error, dispatch.to));
    }
  }

  async function sendParcel(
    hop: Hop,
    { dispatch, message }: Parcel,
    final: SendErrorCodes,
  ): Promise<void> {
    const { to, asItCame } = dispatch;
    const attempt = async (): Promise<void> => {
      if (asItCame === undefined) return transport.send(to, stamped(message));
      if (await isTaken(transport.send(to, stamped(message)))) return;
      // The error envelope may be too large for this broker, which has taken the original before.
      await transport.send(to, stamped({ ...message, ...asItCame }));
    };
    await hold(hop, to, attempt, final);
  }

  /** The dispatch waits in this actor's retry queue, and is only sent on when it comes back. */
  async function putOff(hop: Hop, { dispatch, message }: Parcel, fault: Fault): Promise<PutOff> {
    const { to, edit } = dispatch;
    const tried = hop.forward === undefined ? 1 : hop.attempt;
    if (tried >= policy.maxAttempts) {
      const envelope = readEnvelope(message.body, { maxNesting: options.maxNesting, isEnd: true });
      const dispatch = dispatchError(hop, fault, place, { envelope, isEnvelope: true, message });
      await send(hop, encode(hop, dispatch, place.maxMessageBytes));
      return { name: 'retry_spent', fault };
    }
    const headers = { [TRANSPORT_HEADER.forward]: to, [TRANSPORT_HEADER.attempt]: tried + 1 };
    const forwarded = { ...message, headers };
    const delayMs = backoffAfter(tried, policy);
    if (await isTaken(sendBack(hop, forwarded, delayMs, REFUSED))) return { name: 'retry', fault };
    // Too large for this broker, it seems. What was received is not.
    const { id, parentId } = edit;
    const error = dispatchError(hop, fault, place);
    const parcel = encode(
      hop,
      { ...error, edit: { ...error.edit, id, parentId } },
      place.maxMessageBytes,
    );
    if (await isTaken(sendParcel(hop, parcel, REFUSED))) return { name: 'error_end', fault };
    // The broker refuses everything, so the message is not the cause.
    await sendBack(hop, forwarded, delayMs, NEVER);
    return { name: 'retry', fault };
  }

  async function sendBack(
    hop: Hop,
    message: Message,
    delayMs: number,
    final = NEVER,
  ): Promise<void> {
    const { id: envelopeId, parentId, headers } = hop.envelope;
    const about = message.about ?? { envelopeId, parentId, journeyId: headers.journeyId };
    const delayed = { ...message, about: { ...about, kind: 'retry' } };
    const attempt = (): Promise<void> =>
      transport.send(place.actor, stamped(delayed, delayMs), { delayMs });
    await hold(hop, place.actor, attempt, final);
  }

  /**
   * Sends until the broker takes the message, waiting longer each time.
   * @param final the errors that end it
   */
  async function hold(
    hop: Hop,
    to: string,
    attempt: () => Promise<void>,
    final: SendErrorCodes,
  ): Promise<void> {
    let heldFor: HoldReason | undefined;
    try {
      for (let failures = 1; ; failures++) {
        try {
          return await attempt();
        } catch (error) {
          if (!(error instanceof SendError) || hop.abandoned) throw error;
          if (final.has(error.code)) throw error;
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

/**
 * Counts something as held for another reason than before, also while it is being sent again;
 * returns the reason.
 */
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

/** A dispatch that was unroutable or refused: tried again later, or given up. */
interface PutOff {
  readonly name: 'retry' | 'retry_spent' | 'error_end';
  readonly fault: Fault;
}

/**
 * What the next delivery of a message has to know of this one; the broker forgets why it moved the
 * message here.
 */
function marksOf(
  hop: Hop,
  outcome: Extract<Outcome, { kind: 'retry' }>,
  policy: RetryPolicy,
): Headers {
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

/**
 * The message of a dispatch: its envelope, or the original as it came where that envelope is too
 * large.
 */
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

type SendErrorCodes = ReadonlySet<SendErrorCode>;

const NEVER: SendErrorCodes = new Set();
const REFUSED: SendErrorCodes = new Set(['refused']);
/** The message was not stored, and waiting for the broker does not help. */
const UNDELIVERABLE: SendErrorCodes = new Set(['unroutable', 'refused']);

/** False when the broker refused it. */
async function isTaken(sending: Promise<void>): Promise<boolean> {
  try {
    await sending;
    return true;
  } catch (error) {
    if (error instanceof SendError && error.code === 'refused') return false;
    throw error;
  }
}

function isUndeliverable(error: unknown): error is SendError {
  return error instanceof SendError && UNDELIVERABLE.has(error.code);
}

function faultOf({ code, message }: SendError, to: string): Fault {
  return code === 'refused'
    ? { code: 'publish_refused', message: `the broker refuses what is sent to "${to}": ${message}` }
    : { code: 'unroutable', message: `no queue takes what is sent to "${to}"` };
}
