import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { isActorName } from '../envelope/actorName.ts';
import { readEnvelope, type Envelope } from '../envelope/envelope.ts';
import { EnvelopeError } from '../envelope/envelopeError.ts';
import { TRANSPORT_HEADER } from '../transport/message.ts';
import { SendError, type Transport } from '../transport/transport.ts';
import { defineCommand, type CommandContext } from './command/command.ts';
import { readCommandConfig } from './command/config.ts';
import { CommandError, EXIT, UsageError, type ExitCode } from './command/exit.ts';
import { STOPPED, untilStopped } from './command/signals.ts';
import { readDocuments, type JsonDocument } from './input/documents.ts';
import { describeSendError } from './queue/sendError.ts';
import { printable } from './terminal/printable.ts';

export const sendCommand = defineCommand({
  name: 'send',
  summary: 'publishes envelopes',
  description: [
    `Publishes the envelopes in the files, and prints the id of each envelope that the broker has
    confirmed. A file holds one JSON document or several, as in JSON Lines; "-" is standard input.
    An envelope goes to the actor that is current in its route.`,
    'All files are read before the first envelope is published.',
  ],
  options: {
    route: {
      type: 'string',
      value: 'ACTOR,…',
      doc: `The documents are payloads. Each is wrapped in an envelope with this route and a
        random id.`,
    },
  },
  operands: { name: 'FILE', multiple: true, required: true },
  async run(args, context) {
    const route = readRoute(args.valueOf('route'));
    const config = readCommandConfig(context.environment);
    const envelopes = await readEnvelopes(args.operands, route, config, context);
    const { transport, endReason } = await openForSending(config, context);
    try {
      return await sendAll(envelopes, transport, endReason, context);
    } finally {
      await transport.close();
    }
  },
});

/** @throws {UsageError} when a name is not an actor name */
function readRoute(list: string | undefined): readonly string[] | undefined {
  const route = list?.split(',').map((actor) => actor.trim());
  const invalid = route?.find((actor): boolean => !isActorName(actor));
  if (invalid !== undefined)
    throw new UsageError(`--route: "${invalid}" is not a valid actor name`);
  return route;
}

/** @throws {CommandError} naming the first document that is not a valid envelope */
async function readEnvelopes(
  files: readonly string[],
  route: readonly string[] | undefined,
  config: Config,
  context: CommandContext,
): Promise<Envelope[]> {
  const envelopes: Envelope[] = [];
  for (const file of files) {
    const documents = await readDocuments(file, context);
    if (documents.length === 0) throw new CommandError(`${file}: no JSON document`);
    for (const document of documents) envelopes.push(toEnvelope(document, route, config));
  }
  return envelopes;
}

function toEnvelope(
  { bytes, position }: JsonDocument,
  route: readonly string[] | undefined,
  { maxNesting, maxMessageBytes }: Config,
): Envelope {
  const body = route === undefined ? bytes : wrapPayload(bytes, route);
  if (body.length > maxMessageBytes) {
    const limit = `the limit is ASYA_MAX_MESSAGE_BYTES (${maxMessageBytes})`;
    throw new CommandError(`${position}: envelope of ${body.length} bytes is too large; ${limit}`);
  }
  try {
    return readEnvelope(body, { maxNesting });
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    throw new CommandError(`${position}: ${error.message}`, { cause: error });
  }
}

/** Wraps a payload in an envelope; the payload's bytes are unchanged. */
function wrapPayload(payload: Buffer, actors: readonly string[]): Buffer {
  const start = JSON.stringify({ id: randomUUID(), route: { actors, current: 0 } }).slice(0, -1);
  return Buffer.concat([Buffer.from(`${start},"payload":`), payload, Buffer.from('}')]);
}

interface Sender {
  readonly transport: Transport;
  /** The reason to send no more envelopes; undefined while there is none. */
  readonly endReason: () => string | undefined;
}

/** Opens a transport that a signal or a refused login closes, so that pending publishes fail. */
async function openForSending(config: Config, context: CommandContext): Promise<Sender> {
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

/** Sends the envelopes in order. Stops after a batch with an envelope that could not be sent. */
async function sendAll(
  envelopes: readonly Envelope[],
  transport: Transport,
  endReason: Sender['endReason'],
  { terminal, outputClosed }: CommandContext,
): Promise<ExitCode> {
  let sent = 0;
  for (let from = 0; from < envelopes.length && sent === from; from += MAX_UNCONFIRMED) {
    if (endReason() !== undefined || outputClosed.aborted) break;
    const batch = envelopes.slice(from, from + MAX_UNCONFIRMED);
    const results = await Promise.all(batch.map((envelope) => send(envelope, transport)));
    for (const { id, to, error } of results) {
      if (error === undefined) {
        sent++;
        terminal.out(`${printable(id)}\n`);
      } else {
        terminal.err(`${printable(`${id}: ${describeSendError(error, to, endReason())}`)}\n`);
      }
    }
  }
  if (sent < envelopes.length || outputClosed.aborted) {
    terminal.err(`${sent} of ${envelopes.length} envelopes were sent\n`);
  }
  return sent === envelopes.length ? EXIT.done : EXIT.failed;
}

interface SendResult {
  readonly id: string;
  readonly to: string;
  /** Undefined when the broker confirmed the envelope. */
  readonly error?: SendError;
}

async function send(
  { id, actors, current, bytes: body }: Envelope,
  transport: Transport,
): Promise<SendResult> {
  const to = actors[current] ?? '';
  const headers = { [TRANSPORT_HEADER.publishedAt]: Date.now() };
  try {
    await transport.send(to, { body, headers });
    return { id, to };
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    return { id, to, error };
  }
}
