import type { Envelope } from '../../envelope/envelope.ts';
import { TRANSPORT_HEADER } from '../../transport/message.ts';
import { SendError, type Transport } from '../../transport/transport.ts';
import type { CommandContext } from '../command/command.ts';
import { describeSendError } from '../queue/sendError.ts';
import { Repetitions } from '../report/repetitions.ts';
import { printable } from '../terminal/printable.ts';
import type { Sender } from './openForSending.ts';

export interface SendListener {
  /** Called for each envelope that the broker has confirmed, in order. */
  readonly onSent?: (envelope: Envelope) => void;
  /** Called at each confirm. */
  readonly onConfirm?: () => void;
}

/** Size of a batch: the largest number of unconfirmed publishes. */
const MAX_UNCONFIRMED = 100;

/**
 * Sends the envelopes in order, and prints which were not sent. An envelope that the broker
 * refuses, or that has no queue, does not stop the others. Stops after a batch of which a confirm
 * is missing.
 * @returns the envelopes that were not sent, or perhaps not
 */
export async function sendEnvelopes(
  envelopes: readonly Envelope[],
  { transport, endReason }: Sender,
  { terminal, outputClosed }: CommandContext,
  { onSent, onConfirm }: SendListener,
): Promise<readonly Envelope[]> {
  const unsent = new UnsentEnvelopes((line) => terminal.err(`${printable(line)}\n`));
  let from = 0;
  let isBroken = false;
  for (; from < envelopes.length && !isBroken; from += MAX_UNCONFIRMED) {
    if (endReason() !== undefined || outputClosed.aborted) break;
    const batch = envelopes.slice(from, from + MAX_UNCONFIRMED);
    const sending = batch.map((envelope) => send(envelope, transport, onConfirm));
    for (const { envelope, to, error } of await Promise.all(sending)) {
      if (error === undefined) onSent?.(envelope);
      else unsent.add(envelope, describeSendError(error, to, endReason()));
      isBroken ||= error !== undefined && !concernsOneEnvelope(error);
    }
  }
  unsent.addRest(envelopes.slice(from), !outputClosed.aborted);
  unsent.end(envelopes.length, outputClosed.aborted);
  return unsent.all;
}

/** The envelopes that were not sent. */
class UnsentEnvelopes {
  readonly #print: (line: string) => void;
  readonly #problems: Repetitions;
  readonly #all: Envelope[] = [];

  constructor(print: (line: string) => void) {
    this.#print = print;
    this.#problems = new Repetitions(print);
  }

  get all(): readonly Envelope[] {
    return this.#all;
  }

  add(envelope: Envelope, reason: string): void {
    this.#all.push(envelope);
    this.#problems.add({ name: envelope.id, reason });
  }

  /** Adds the envelopes that were not published. */
  addRest(rest: readonly Envelope[], isPrinted: boolean): void {
    if (isPrinted) for (const envelope of rest) this.add(envelope, 'not sent');
    else this.#all.push(...rest);
  }

  /** Prints how many of all envelopes were sent. */
  end(total: number, isAlwaysPrinted: boolean): void {
    this.#problems.end();
    if (this.#all.length === 0 && !isAlwaysPrinted) return;
    this.#print(`${total - this.#all.length} of ${total} envelopes were sent`);
  }
}

interface SendResult {
  readonly envelope: Envelope;
  readonly to: string;
  /** Undefined when the broker confirmed the envelope. */
  readonly error?: SendError;
}

async function send(
  envelope: Envelope,
  transport: Transport,
  onConfirm: SendListener['onConfirm'],
): Promise<SendResult> {
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
