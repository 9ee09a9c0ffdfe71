import { TRANSPORT_HEADER } from '../../transport/message.ts';
import type { QueuedMessage } from '../../transport/inspection/queueReader.ts';
import { truncate } from '../../unicode.ts';
import type { FormOptions } from '../failures/failedForm.ts';
import { readFailedMessage, type FailedMessage } from '../failures/failedMessage.ts';
import { printableLine } from '../terminal/printable.ts';

/** One line of the table, without the message. */
export interface PeekRow {
  /** The envelope's id. For a message that is not an envelope, a hash of its bytes. */
  readonly id: string;
  /** Undefined when it is the same as `id`. */
  readonly journey: string | undefined;
  /** The actor at which the envelope failed, or which sent it; else the producer's `app_id`. */
  readonly from: string | undefined;
  /** The time of the publish, in milliseconds since the epoch. */
  readonly publishedAtMs: number | undefined;
  readonly attempt: number;
  /** The fault code of a failed message. */
  readonly code: string | undefined;
  /** The start of the payload on one line; of a failed message, the original's payload. */
  readonly payload: string;
}

/** The length of `payload` in characters. */
const PAYLOAD_LENGTH = 60;

export function peekRowOf(message: QueuedMessage, options: FormOptions): PeekRow {
  const failed = readFailedMessage(message, options);
  const { id, journey, code } = failed;
  return {
    id: copyOf(id),
    journey: journey === id ? undefined : copyOf(journey),
    from: originOf(failed, message),
    publishedAtMs: failed.publishedAtMs ?? timestampOf(message),
    attempt: failed.attempt ?? attemptOf(message),
    code,
    payload: payloadStart(failed),
  };
}

function originOf({ actor, code, route }: FailedMessage, { properties }: QueuedMessage) {
  const sender = route?.actors[route.current - 1];
  const from = code === undefined ? (sender ?? properties?.appId) : (actor ?? properties?.appId);
  return from === undefined ? undefined : copyOf(from);
}

function timestampOf({ properties }: QueuedMessage): number | undefined {
  const seconds = properties?.timestamp;
  return seconds === undefined ? undefined : seconds * 1_000;
}

function attemptOf({ headers }: QueuedMessage): number {
  const attempt = headers[TRANSPORT_HEADER.attempt];
  return typeof attempt === 'number' && Number.isSafeInteger(attempt) ? attempt : 1;
}

function payloadStart({ original }: FailedMessage): string {
  if ('missing' in original) return original.missing;
  const bytes = 'payload' in original ? original.payload : original.body;
  // A line break or a control character takes more bytes in the text than in the payload.
  const text = printableLine(bytes.toString('utf8', 0, 8 * PAYLOAD_LENGTH));
  return copyOf(text.length <= PAYLOAD_LENGTH ? text : `${truncate(text, PAYLOAD_LENGTH - 1)}…`);
}

/** A slice of a string would keep the whole text in memory. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}
