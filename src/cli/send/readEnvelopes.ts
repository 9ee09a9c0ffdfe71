import { randomUUID } from 'node:crypto';
import type { Config } from '../../config/config.ts';
import { encodeEnvelope, type HeaderEdit } from '../../envelope/edit.ts';
import { readEnvelope, type Envelope } from '../../envelope/envelope.ts';
import { EnvelopeError } from '../../envelope/envelopeError.ts';
import type { CommandContext } from '../command/command.ts';
import { CommandError } from '../command/exit.ts';
import { readDocuments, type JsonDocument } from '../input/documents.ts';

export interface ReadEnvelopesOptions {
  readonly files: readonly string[];
  /** The documents are payloads of envelopes with this route. Undefined: they are envelopes. */
  readonly route: readonly string[] | undefined;
  /** Returns the headers to set in an envelope. */
  readonly headersOf: (envelope: Envelope) => readonly HeaderEdit[];
  readonly config: Pick<Config, 'maxNesting' | 'maxMessageBytes'>;
}

/** @throws {CommandError} naming the first document that is not a valid envelope */
export async function readEnvelopes(
  options: ReadEnvelopesOptions,
  context: CommandContext,
): Promise<Envelope[]> {
  const envelopes: Envelope[] = [];
  for (const file of options.files) {
    const documents = await readDocuments(file, context);
    if (documents.length === 0) throw new CommandError(`${file}: no JSON document`);
    for (const document of documents) envelopes.push(toEnvelope(document, options));
  }
  return envelopes;
}

function toEnvelope(
  { bytes, position }: JsonDocument,
  { route, headersOf, config: { maxNesting, maxMessageBytes } }: ReadEnvelopesOptions,
): Envelope {
  try {
    const body = route === undefined ? bytes : wrapPayload(bytes, route);
    requireSize(body, maxMessageBytes);
    const envelope = readEnvelope(body, { maxNesting });
    const headers = headersOf(envelope);
    if (headers.length === 0) return envelope;
    const edited = encodeEnvelope(envelope, { headers });
    requireSize(edited, maxMessageBytes);
    return readEnvelope(edited, { maxNesting });
  } catch (error) {
    if (!(error instanceof EnvelopeError || error instanceof CommandError)) throw error;
    throw new CommandError(`${position}: ${error.message}`, { cause: error });
  }
}

function requireSize(body: Buffer, maxMessageBytes: number): void {
  if (body.length <= maxMessageBytes) return;
  const limit = `the limit is ASYA_MAX_MESSAGE_BYTES (${maxMessageBytes})`;
  throw new CommandError(`envelope of ${body.length} bytes is too large; ${limit}`);
}

/** Wraps a payload in an envelope; the payload's bytes are unchanged. */
function wrapPayload(payload: Buffer, actors: readonly string[]): Buffer {
  const start = JSON.stringify({ id: randomUUID(), route: { actors, current: 0 } }).slice(0, -1);
  return Buffer.concat([Buffer.from(`${start},"payload":`), payload, Buffer.from('}')]);
}
