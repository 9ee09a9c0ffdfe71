import type { Envelope } from '../../../envelope/envelope.ts';
import { TRANSPORT_HEADER } from '../../../transport/message.ts';
import { SendError, type Transport } from '../../../transport/transport.ts';
import { describeSendError } from '../../queue/sendError.ts';
import type { Sender } from './openForSending.ts';

export interface SendListener {
  /** Called at each confirm. */
  readonly onConfirm?: () => void;
  /** Called for each envelope that the broker has confirmed, in order. */
  readonly onSent?: (envelope: Envelope) => void;
  /** Called for each envelope that was published without a confirm, in order. */
  readonly onUnsent?: (envelope: Envelope, problem: SendProblem) => void;
}

/** Why an envelope was not sent, or perhaps not. */
export interface SendProblem {
  readonly code: SendError['code'];
  /** One line; it says whether the broker may have stored the envelope. */
  readonly reason: string;
}

/** Size of a batch: the largest number of unconfirmed publishes. */
const MAX_UNCONFIRMED = 100;

/**
 * Sends envelopes in order. An envelope that the broker refuses, or that has no queue, does not
 * stop the others. Stops after a batch of which a confirm is missing.
 * @param until stops before the next batch
 * @returns the envelopes that were not published
 */
export async function sendEnvelopes(
  envelopes: readonly Envelope[],
  { transport, endReason }: Sender,
  until: AbortSignal,
  { onConfirm, onSent, onUnsent }: SendListener,
): Promise<readonly Envelope[]> {
  let from = 0;
  let isBroken = false;
  for (; from < envelopes.length && !isBroken; from += MAX_UNCONFIRMED) {
    if (endReason() !== undefined || until.aborted) break;
    const batch = envelopes.slice(from, from + MAX_UNCONFIRMED);
    const sending = batch.map((envelope) => send(envelope, transport, onConfirm));
    for (const { envelope, to, error } of await Promise.all(sending)) {
      if (error === undefined) {
        onSent?.(envelope);
        continue;
      }
      const reason = describeSendError(error, to, endReason());
      onUnsent?.(envelope, { code: error.code, reason });
      isBroken ||= !concernsOneEnvelope(error);
    }
  }
  return envelopes.slice(from);
}

interface Published {
  readonly envelope: Envelope;
  readonly to: string;
  /** Undefined when the broker confirmed the envelope. */
  readonly error?: SendError;
}

async function send(
  envelope: Envelope,
  transport: Transport,
  onConfirm: SendListener['onConfirm'],
): Promise<Published> {
  const to = envelope.actors[envelope.current] ?? '';
  const headers = { [TRANSPORT_HEADER.publishedAt]: Date.now() };
  try {
    await transport.send(to, { body: envelope.bytes, headers });
    onConfirm?.();
    return { envelope, to };
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    return { envelope, to, error };
  }
}

/** Whether other envelopes may be sent: the broker has answered for this one. */
function concernsOneEnvelope({ code }: SendError): boolean {
  return code === 'unroutable' || code === 'refused';
}
