import { isActorName } from '../../envelope/actorName.ts';
import { encodeEnvelope, type Edit, type HeaderEdit } from '../../envelope/edit.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import { HEADER, PARKED_HEADER } from '../../envelope/headers.ts';
import type { Failure } from '../../faults.ts';
import type { ErrorReport } from '../../hop/failure/errorReport.ts';
import { wrapBytes } from '../../hop/readHop.ts';
import { foreignHeaders, type Message } from '../../transport/message.ts';
import {
  originalIn,
  readFailedForm,
  tryReadEnvelope,
  type FailedDelivery,
  type FormOptions,
} from '../failures/failedForm.ts';

/** The original of a failed message, or the reason that it cannot be restored. */
export interface Restored {
  /** The envelope's id; undefined when the message is not an envelope. */
  readonly id: string | undefined;
  /** The fault code; undefined when the message has none. */
  readonly code: string | undefined;
  readonly original: Original | { readonly lost: string };
}

export interface Original {
  /** The actor that receives the original. */
  readonly to: string;
  readonly message: Message;
}

export type RestoreOptions = FormOptions;

/**
 * Restores the original of a message in error-end's queue. The message is an error envelope, an
 * original with the error in its message headers, or a message that the broker dead-lettered. The
 * original is restored byte for byte, except that it counts one more hop and has no deadline.
 *
 * An envelope goes to the current actor of its route, which for an unroutable envelope is the next
 * actor. An envelope past the end of its route, or one that failed at happy-end, goes to happy-end.
 * A message that is not an envelope goes to the actor that rejected it.
 */
export function restoreOriginal(message: FailedDelivery, options: RestoreOptions): Restored {
  const form = readFailedForm(message, options);
  switch (form.kind) {
    case 'unwrapped':
    case 'dead_lettered':
      return restoreUnwrapped(message, form, options);
    case 'wrapped':
      return restoreWrapped(message, form, options);
    case 'without_error':
      return restoreWithoutError(message, form.envelope, options);
  }
}

/** Restores an original that is in the queue without an error envelope around it. */
function restoreUnwrapped(
  { body, headers, properties }: FailedDelivery,
  { envelope, failure }: { readonly envelope: Envelope | undefined; readonly failure: Failure },
  options: RestoreOptions,
): Restored {
  return {
    id: (envelope ?? wrapBytes(body, failure.actor)).id,
    code: failure.fault.code,
    original: {
      to: envelope === undefined ? failure.actor : targetOf(envelope, failure.actor, options),
      message: {
        body: envelope === undefined ? body : encodeReplay(envelope),
        headers: foreignHeaders(headers),
        properties,
      },
    },
  };
}

/** Restores the original of an error envelope. */
function restoreWrapped(
  { headers, properties }: FailedDelivery,
  { envelope, report }: { readonly envelope: Envelope; readonly report: ErrorReport },
  options: RestoreOptions,
): Restored {
  const { fault, actor } = report.failure;
  const about = { id: envelope.id, code: fault.code };
  const original = originalIn(report);
  if (original === undefined) {
    return { ...about, original: { lost: 'the error envelope does not contain the original' } };
  }
  if ('message' in original) {
    return { ...about, original: restoreMessage(original.message, actor, options) };
  }
  const body = encodeReplay(envelope, { payload: original.payload });
  const message = { body, headers: foreignHeaders(headers), properties };
  return { ...about, original: { to: targetOf(envelope, actor, options), message } };
}

/** An envelope without an error is its own original. */
function restoreWithoutError(
  { headers, properties }: FailedDelivery,
  envelope: Envelope | undefined,
  options: RestoreOptions,
): Restored {
  if (envelope === undefined) {
    return { id: undefined, code: undefined, original: { lost: 'not an envelope' } };
  }
  const message = { body: encodeReplay(envelope), headers: foreignHeaders(headers), properties };
  const to = targetOf(envelope, undefined, options);
  return { id: envelope.id, code: undefined, original: { to, message } };
}

/** Restores a message that was not an envelope to the actor that rejected it. */
function restoreMessage(
  message: Message,
  actor: string | undefined,
  options: RestoreOptions,
): Restored['original'] {
  if (!isActorName(actor)) return { lost: 'the error envelope does not name the failed actor' };
  const envelope = tryReadEnvelope(message.body, options);
  return envelope === undefined
    ? { to: actor, message }
    : {
        to: targetOf(envelope, actor, options),
        message: { ...message, body: encodeReplay(envelope) },
      };
}

/**
 * After an empty reply, an envelope goes to happy-end while its route still points to the actor
 * that gave the reply. The failed actor therefore takes precedence over the route.
 */
function targetOf(
  { actors, current }: Envelope,
  failedActor: string | undefined,
  { happyEnd }: RestoreOptions,
): string {
  return failedActor === happyEnd ? happyEnd : (actors[current] ?? happyEnd);
}

/**
 * Encodes an envelope for its replay. The replay counts as a hop, so that actors that ignore
 * repeated pairs of id and hops accept it. The deadline, which may have passed, and the mark of a
 * parked envelope are removed.
 */
function encodeReplay(envelope: Envelope, edit: Edit = {}): Buffer {
  const { headers, layout } = envelope;
  const removed = [HEADER.deadline, PARKED_HEADER]
    .filter((name) => layout.headers?.members.has(name) === true)
    .map((name): HeaderEdit => [name, null]);
  return encodeEnvelope(envelope, {
    ...edit,
    headers: [[HEADER.hops, headers.hops + 1], ...removed],
  });
}
