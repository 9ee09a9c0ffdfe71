import type { HeaderEdit } from '../envelope/edit.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { PARKED_HEADER } from '../envelope/headers.ts';
import { isUnreadable, type Failure, type Fault } from '../faults.ts';
import { foreignHeaders, type Headers, type Message } from '../transport/message.ts';
import { parkedQueue } from '../transport/queues.ts';
import { KIB } from '../units.ts';
import { truncate } from '../unicode.ts';
import { errorPayload } from './failure/errorEnvelope.ts';
import { errorHeaders, parkedHeaders } from './failure/errorHeaders.ts';
import type { ActorRouting, Dispatch, Hop, Outcome } from './hop.ts';
import { journeyHeaders } from './journeyHeaders.ts';

/** The message that an error envelope preserves. */
export interface Original {
  /** A placeholder when the message is not an envelope. */
  readonly envelope: Envelope;
  readonly isEnvelope: boolean;
  readonly message: Message;
}

/**
 * Ends the journey with an error envelope to error-end. Error-end itself sends the message to its
 * parked queue.
 * @param spent whether the last attempt has failed
 */
export function reject(hop: Hop, fault: Fault, routing: ActorRouting, spent = false): Outcome {
  if (routing.actor === routing.errorEnd) {
    return { kind: 'complete', name: 'parked', dispatches: [park(hop, fault, routing)], fault };
  }
  const name = spent ? 'retry_spent' : 'error_end';
  return { kind: 'complete', name, dispatches: [dispatchError(hop, fault, routing)], fault };
}

/**
 * An error envelope to error-end. If error and original do not fit into one message, the original
 * is sent unchanged, with the error in its message headers.
 * @param original the message that failed, by default the received one
 */
export function dispatchError(
  hop: Hop,
  fault: Fault,
  routing: ActorRouting,
  original = originalOf(hop),
): Dispatch {
  const { envelope, isEnvelope, message } = original;
  const failure = failureAt(hop, fault, routing);
  // The hop of a forwarded envelope was counted at its first dispatch.
  const isCounted = hop.forward !== undefined && isEnvelope;
  return {
    to: routing.errorEnd,
    kind: 'error_end',
    envelope,
    edit: {
      payload: wrap(original, failure, routing),
      headers: isCounted ? [] : journeyHeaders(envelope, hop.receivedAtMs),
    },
    original: withForeignHeaders(message, errorHeaders(failure)),
  };
}

/** Preserves the message for a later replay; a header has the fault. */
function park(hop: Hop, fault: Fault, routing: ActorRouting): Dispatch {
  const { code, message } = fault;
  const original = originalOf(hop);
  const failure = original.isEnvelope ? hop.failure : failureAt(hop, fault, routing);
  const header: HeaderEdit = [PARKED_HEADER, { code, message: truncate(message, KIB) }];
  return {
    to: parkedQueue(routing.actor),
    kind: 'parked',
    envelope: hop.envelope,
    edit: {
      headers: [header],
      ...(original.isEnvelope || failure === undefined
        ? {}
        : { payload: wrap(original, failure, routing) }),
    },
    original: withForeignHeaders(hop.delivery, {
      ...(failure === undefined ? {} : errorHeaders(failure)),
      ...parkedHeaders(fault),
    }),
  };
}

function originalOf({ envelope, refused, delivery }: Hop): Original {
  const isEnvelope = refused === undefined || !isUnreadable(refused);
  return { envelope, isEnvelope, message: delivery };
}

function failureAt({ attempt }: Hop, fault: Fault, { actor }: ActorRouting): Failure {
  return { fault, actor, attempt, failedAt: new Date().toISOString() };
}

function wrap(
  { envelope, isEnvelope, message }: Original,
  failure: Failure,
  { maxMessageBytes }: ActorRouting,
): Buffer {
  const preserved = isEnvelope ? undefined : withForeignHeaders(message);
  return errorPayload(envelope, failure, { message: preserved, maxMessageBytes });
}

/** The message without the headers of its last publish, and with `more`. */
function withForeignHeaders({ body, headers, properties }: Message, more: Headers = {}): Message {
  return { body, headers: { ...foreignHeaders(headers), ...more }, properties };
}
