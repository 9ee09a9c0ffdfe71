import { readEnvelope } from '../envelope/envelope.ts';
import type { Fault } from '../faults.ts';
import { type Message, TRANSPORT_HEADER } from '../transport/message.ts';
import type { SendError } from '../transport/transport.ts';
import type { ActorRouting, Dispatch, Hop, OutcomeName } from './hop.ts';
import { dispatchError } from './rejection.ts';
import { backoffAfter, type RetryPolicy } from './retry.ts';

/** A dispatch that the transport did not accept. */
export interface Undelivered {
  readonly dispatch: Dispatch;
  /** The encoded dispatch. */
  readonly message: Message;
  /** `too_large`: the message was not sent, and neither was any other dispatch of the hop. */
  readonly reason: 'too_large' | SendError;
}

/** The dispatches to send instead, and the result of the hop. */
export interface Answer {
  readonly name: OutcomeName;
  readonly fault: Fault;
  readonly dispatches: readonly Dispatch[];
  /** The dispatches replace all those of the hop, not only the undelivered ones. */
  readonly replacesAll: boolean;
}

export interface AnswerOptions {
  readonly routing: ActorRouting;
  readonly policy: RetryPolicy;
  readonly maxNesting: number;
}

/**
 * Decides about dispatches that the transport did not accept. If one is too large, an error
 * envelope replaces all of them. An unroutable or refused dispatch waits in this actor's retry
 * queue, and is resent without a call. After the last attempt an error envelope replaces it.
 * @param undelivered at least one
 */
export function answerUndelivered(
  hop: Hop,
  undelivered: readonly Undelivered[],
  options: AnswerOptions,
): Answer {
  const { routing } = options;
  const tooLarge = undelivered.find(({ reason }) => reason === 'too_large');
  if (tooLarge !== undefined) {
    const fault = tooLargeFault(tooLarge.message, routing);
    const dispatches = [dispatchError(hop, fault, routing)];
    return { name: 'error_end', fault, dispatches, replacesAll: true };
  }
  const answers = undelivered.map((one) => answerOne(hop, one, options));
  const last = answers.at(-1);
  if (last === undefined) throw new Error('every dispatch was delivered');
  return { ...last, dispatches: answers.flatMap(({ dispatches }) => dispatches) };
}

function answerOne(
  hop: Hop,
  { dispatch, message, reason }: Undelivered,
  options: AnswerOptions,
): Answer {
  const fault = faultOf(reason, dispatch.to, message, options.routing);
  if (dispatch.fallback !== undefined) return answerWith(dispatch.fallback, fault);
  const attempt = hop.forward === undefined ? 1 : hop.attempt;
  return attempt >= options.policy.maxAttempts
    ? spend(hop, message, fault, options)
    : postpone(hop, { dispatch, message, attempt, fault }, options);
}

function answerWith(dispatch: Dispatch, fault: Fault): Answer {
  const name = dispatch.kind === 'error_end' ? 'error_end' : 'retry';
  return { name, fault, dispatches: [dispatch], replacesAll: false };
}

/** The undelivered envelope is preserved, since it is not the received one. */
function spend(
  hop: Hop,
  message: Message,
  fault: Fault,
  { routing, maxNesting }: AnswerOptions,
): Answer {
  const envelope = readEnvelope(message.body, { maxNesting, isEnd: true });
  const dispatch = dispatchError(hop, fault, routing, { envelope, isEnvelope: true, message });
  return { name: 'retry_spent', fault, dispatches: [dispatch], replacesAll: false };
}

interface Postponed {
  readonly dispatch: Dispatch;
  readonly message: Message;
  readonly attempt: number;
  readonly fault: Fault;
}

/**
 * Sends the encoded dispatch to this actor's retry queue. If the broker refuses it there too, it is
 * probably too large for the broker, and an error envelope with the received payload replaces it.
 * If the broker refuses that as well, the size is not the reason, and the hop is held.
 */
function postpone(
  hop: Hop,
  { dispatch, message, attempt, fault }: Postponed,
  { routing, policy }: AnswerOptions,
): Answer {
  const { id, parentId } = dispatch.edit;
  const headers = {
    [TRANSPORT_HEADER.forward]: dispatch.to,
    [TRANSPORT_HEADER.attempt]: attempt + 1,
  };
  const postponed: Dispatch = {
    to: routing.actor,
    kind: 'retry',
    envelope: dispatch.envelope,
    edit: { id, parentId },
    message: { ...message, headers },
    delayMs: backoffAfter(attempt, policy),
  };
  const error = dispatchError(hop, fault, routing);
  const edit = { ...error.edit, id, parentId };
  return answerWith({ ...postponed, fallback: { ...error, edit, fallback: postponed } }, fault);
}

function faultOf(
  reason: Undelivered['reason'],
  to: string,
  message: Message,
  routing: ActorRouting,
): Fault {
  if (reason === 'too_large') return tooLargeFault(message, routing);
  return reason.code === 'refused'
    ? {
        code: 'publish_refused',
        message: `message sent to "${to}" refused by the broker: ${reason.message}`,
      }
    : { code: 'unroutable', message: `no queue bound for "${to}"` };
}

function tooLargeFault({ body }: Message, { maxMessageBytes }: ActorRouting): Fault {
  const message = `a message of ${body.length} bytes exceeds the limit of ${maxMessageBytes} bytes`;
  return { code: 'reply_too_large', message };
}
