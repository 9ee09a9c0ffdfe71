import type { Config } from '../../config/config.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import { TRANSPORT_HEADER } from '../../transport/message.ts';
import { SendError, type InspectableTransport, type Transport } from '../../transport/transport.ts';
import type { CommandContext } from '../command/command.ts';
import { STOPPED, untilStopped } from '../command/signals.ts';
import { describeSendError } from '../queue/sendError.ts';
import { Repetitions } from '../report/repetitions.ts';
import { printable } from '../terminal/printable.ts';

export interface Sender {
  readonly transport: InspectableTransport;
  /** The reason to send no more envelopes; undefined while there is none. */
  readonly endReason: () => string | undefined;
}

/** Opens a transport that a signal or a refused login closes, so that pending publishes fail. */
export async function openForSending(config: Config, context: CommandContext): Promise<Sender> {
  const refused = new AbortController();
  const opening = context.openTransport({
    config,
    onState({ disconnect }) {
      if (disconnect?.refused === true) refused.abort(disconnect.reason);
    },
    log: context.log,
  });
  const transport = await untilStopped(opening, context.stopped);
  const ended = AbortSignal.any([context.stopped, refused.signal]);
  const close = (): void => void transport.close();
  ended.addEventListener('abort', close);
  if (ended.aborted) close();
  return {
    transport,
    endReason() {
      if (refused.signal.aborted) return String(refused.signal.reason);
      return context.stopped.aborted ? STOPPED : undefined;
    },
  };
}

/** Size of a batch: the largest number of unconfirmed publishes. */
const MAX_UNCONFIRMED = 100;

/**
 * Sends the envelopes in order, and prints what could not be sent. Stops after a batch with an
 * envelope that could not be sent.
 * @param onSent called for each envelope that the broker has confirmed
 * @returns the envelopes that were not sent, or perhaps not
 */
export async function sendEnvelopes(
  envelopes: readonly Envelope[],
  { transport, endReason }: Sender,
  { terminal, outputClosed }: CommandContext,
  onSent: (envelope: Envelope) => void,
): Promise<readonly Envelope[]> {
  const unsent: Envelope[] = [];
  const problems = new Repetitions((line) => terminal.err(`${printable(line)}\n`));
  let from = 0;
  for (; from < envelopes.length && unsent.length === 0; from += MAX_UNCONFIRMED) {
    if (endReason() !== undefined || outputClosed.aborted) break;
    const batch = envelopes.slice(from, from + MAX_UNCONFIRMED);
    const results = await Promise.all(batch.map((envelope) => send(envelope, transport)));
    for (const { envelope, to, error } of results) {
      if (error === undefined) {
        onSent(envelope);
      } else {
        unsent.push(envelope);
        const reason = describeSendError(error, to, endReason());
        problems.add({ name: envelope.id, reason });
      }
    }
  }
  problems.end();
  unsent.push(...envelopes.slice(from));
  if (unsent.length > 0 || outputClosed.aborted) {
    terminal.err(
      `${envelopes.length - unsent.length} of ${envelopes.length} envelopes were sent\n`,
    );
  }
  return unsent;
}

interface SendResult {
  readonly envelope: Envelope;
  readonly to: string;
  /** Undefined when the broker confirmed the envelope. */
  readonly error?: SendError;
}

async function send(envelope: Envelope, transport: Transport): Promise<SendResult> {
  const to = envelope.actors[envelope.current] ?? '';
  const headers = { [TRANSPORT_HEADER.publishedAt]: Date.now() };
  try {
    await transport.send(to, { body: envelope.bytes, headers });
    return { envelope, to };
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    return { envelope, to, error };
  }
}
