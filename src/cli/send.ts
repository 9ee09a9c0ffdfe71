import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Config } from '../config/config.ts';
import { readEnvelope, type Envelope } from '../envelope/envelope.ts';
import { isActorName } from '../envelope/actorName.ts';
import { EnvelopeError } from '../envelope/envelopeError.ts';
import { TRANSPORT_HEADER } from '../transport/message.ts';
import { SendError, type Transport, type TransportState } from '../transport/transport.ts';
import {
  CommandError,
  readCommandConfig,
  UsageError,
  type Command,
  type CommandContext,
} from './command/command.ts';
import { readDocuments, type JsonDocument } from './input/documents.ts';
import { STOPPED, untilStopped } from './command/untilStopped.ts';
import { printable } from './terminal/printable.ts';

const USAGE = `usage: asya-sidecar send [--route ACTOR,…] FILE…

Publishes the envelopes in the files (- is standard input; one JSON document, or several as in JSON lines), and prints
the id of each once the broker has confirmed it. An envelope goes to the actor at which its route stands.

  --route ACTOR,…  the documents are bare payloads: puts an envelope with a random id round each
`;

export const sendCommand: Command = async (args, context) => {
  const { files, route, help } = readArguments(args);
  if (help) {
    context.terminal.out(USAGE);
    return 0;
  }
  const config = readCommandConfig(context.environment);
  const envelopes = await readEnvelopes(files, route, config, context);
  const refused = new AbortController();
  const onState = ({ disconnect }: TransportState): void => {
    if (disconnect?.refused === true) refused.abort(disconnect.reason);
  };
  const opening = context.openTransport({ config, onState, log: context.log });
  const transport = await untilStopped(opening, context.stopped);
  const ended = AbortSignal.any([context.stopped, refused.signal]);
  // What still waits fails then.
  const onEnded = (): void => void transport.close();
  ended.addEventListener('abort', onEnded);
  if (ended.aborted) onEnded();
  try {
    return await sendAll(envelopes, transport, context, () => endOf(ended, refused.signal));
  } finally {
    await transport.close();
  }
};

/** Why nothing more is sent; undefined while there is no reason. */
function endOf(ended: AbortSignal, refused: AbortSignal): string | undefined {
  if (!ended.aborted) return undefined;
  return refused.aborted ? String(refused.reason) : STOPPED;
}

interface Arguments {
  readonly files: readonly string[];
  readonly route: readonly string[] | undefined;
  readonly help: boolean;
}

/** @throws {UsageError} */
function readArguments(args: readonly string[]): Arguments {
  const { values, positionals: files } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { route: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
  });
  const { help } = values;
  const route = values.route?.split(',').map((actor) => actor.trim());
  const stranger = route?.find((actor): boolean => !isActorName(actor));
  if (stranger !== undefined) throw new UsageError(`--route: "${stranger}" is no actor's name`);
  if (!help && files.length === 0) throw new UsageError('at least one FILE is needed');
  return { files, route, help };
}

/**
 * All are read before one is sent.
 * @throws {CommandError} telling the first that is no envelope
 */
async function readEnvelopes(
  files: readonly string[],
  route: readonly string[] | undefined,
  config: Config,
  context: CommandContext,
): Promise<Envelope[]> {
  const envelopes: Envelope[] = [];
  for (const file of files) {
    const documents = await readDocuments(file, context);
    if (documents.length === 0) throw new CommandError(`${file}: there is nothing in it`);
    for (const document of documents) envelopes.push(toEnvelope(document, route, config));
  }
  return envelopes;
}

function toEnvelope(
  { bytes, place }: JsonDocument,
  route: readonly string[] | undefined,
  { maxNesting, maxMessageBytes }: Config,
): Envelope {
  const body = route === undefined ? bytes : wrapPayload(bytes, route);
  if (body.length > maxMessageBytes) {
    const rule = `over ASYA_MAX_MESSAGE_BYTES (${maxMessageBytes})`;
    throw new CommandError(`${place}: the envelope has ${body.length} bytes, ${rule}`);
  }
  try {
    return readEnvelope(body, { maxNesting });
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    throw new CommandError(`${place}: ${error.message}`, { cause: error });
  }
}

/** The payload stays as it is, byte for byte. */
function wrapPayload(payload: Buffer, actors: readonly string[]): Buffer {
  const start = JSON.stringify({ id: randomUUID(), route: { actors, current: 0 } }).slice(0, -1);
  return Buffer.concat([Buffer.from(`${start},"payload":`), payload, Buffer.from('}')]);
}

/** How many publishes wait for their confirms at once. */
const MAX_UNCONFIRMED = 100;

/**
 * Sends in order, and stops after an envelope that could not be sent, or when `endOf` returns a
 * reason.
 */
async function sendAll(
  envelopes: readonly Envelope[],
  transport: Transport,
  { terminal, outputClosed }: CommandContext,
  endOf: () => string | undefined,
): Promise<number> {
  let sent = 0;
  const goesOn = (): boolean => endOf() === undefined && !outputClosed.aborted;
  for (
    let from = 0;
    from < envelopes.length && sent === from && goesOn();
    from += MAX_UNCONFIRMED
  ) {
    const batch = envelopes.slice(from, from + MAX_UNCONFIRMED);
    const sends = await Promise.all(batch.map((envelope) => send(envelope, transport)));
    for (const { id, to, error } of sends) {
      if (error === undefined) sent++;
      if (error === undefined) terminal.out(`${printable(id)}\n`);
      else terminal.err(`${printable(`${id}: ${explain(error, to, endOf())}`)}\n`);
    }
  }
  if (sent < envelopes.length || outputClosed.aborted) {
    terminal.err(`${sent} of ${envelopes.length} were sent\n`);
  }
  return sent === envelopes.length ? 0 : 1;
}

async function send(
  { id, actors, current, bytes: body, headers: { journeyId }, parentId }: Envelope,
  transport: Transport,
): Promise<{ readonly id: string; readonly to: string; readonly error?: SendError }> {
  const to = actors[current] ?? '';
  const headers = { [TRANSPORT_HEADER.publishedAt]: Date.now() };
  const about = { kind: 'next', envelopeId: id, parentId, journeyId };
  try {
    await transport.send(to, { body, headers, about });
    return { id, to };
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    return { id, to, error };
  }
}

/**
 * Says why an envelope could not be sent.
 * @param reason why the command ended, where that is known better than by the error
 */
export function explain(
  { code, message, notWritten }: SendError,
  to: string,
  reason = message,
): string {
  switch (code) {
    case 'unroutable':
      return `no queue takes what is sent to "${to}"; nothing was stored`;
    case 'refused':
      return `the broker refuses it: ${message}; nothing was stored`;
    case 'unconfirmed':
    case 'lost':
      if (notWritten) return `not stored: ${reason}`;
      return `the broker did not confirm it, so it may be stored or not: ${reason}`;
  }
}
