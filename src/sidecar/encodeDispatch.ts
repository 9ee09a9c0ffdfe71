import { encodeEnvelope } from '../envelope/edit.ts';
import type { Dispatch, DispatchKind, Hop } from '../hop/hop.ts';
import type { Message } from '../transport/message.ts';

/** One message to publish, with what telemetry reports about it. */
export interface Publish {
  /** The name of the queue. */
  readonly to: string;
  readonly kind: DispatchKind;
  readonly message: Message;
  /** The delay before delivery, in milliseconds. */
  readonly delayMs: number;
  readonly envelopeId: string;
  readonly parentId: string | undefined;
  readonly journeyId: string;
  /** The number of envelopes in the fan-out; 1 for any other dispatch. */
  readonly fanoutSize: number;
}

/** A dispatch with its encoded message. */
export interface Encoded {
  readonly dispatch: Dispatch;
  readonly publish: Publish;
}

/** Encodes a dispatch. An error envelope over the size limit is replaced by its original. */
export function encodeDispatch(hop: Hop, dispatch: Dispatch, maxMessageBytes: number): Encoded {
  const { to, kind, envelope, edit, delayMs = 0, fanoutSize = 1 } = dispatch;
  const publish: Publish = {
    to,
    kind,
    message: dispatch.message ?? encodeMessage(hop, dispatch, maxMessageBytes),
    delayMs,
    envelopeId: edit.id ?? envelope.id,
    parentId: edit.parentId ?? envelope.parentId,
    journeyId: envelope.headers.journeyId,
    fanoutSize,
  };
  return { dispatch, publish };
}

/**
 * Whether a message is over the limit. An unchanged original is not: the broker had accepted it.
 */
export function isTooLarge({ dispatch, publish }: Encoded, maxMessageBytes: number): boolean {
  const { body } = publish.message;
  if (dispatch.message !== undefined || body === dispatch.original?.body) return false;
  return body.length > maxMessageBytes;
}

function encodeMessage(
  { traceHeaders }: Hop,
  { envelope, edit, original }: Dispatch,
  maxMessageBytes: number,
): Message {
  const headers = [...(edit.headers ?? []), ...Object.entries(traceHeaders)];
  const body = encodeEnvelope(envelope, { ...edit, headers });
  if (body.length > maxMessageBytes && original !== undefined) return original;
  return { body, headers: {} };
}
