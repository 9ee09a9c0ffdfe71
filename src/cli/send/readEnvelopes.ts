import type { Config } from '../../config/config.ts';
import type { HeaderEdit } from '../../envelope/edit.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import { EnvelopeError } from '../../envelope/envelopeError.ts';
import type { CommandContext } from '../command/command.ts';
import { CommandError } from '../command/exit.ts';
import { readDocuments, type JsonDocument } from '../input/documents.ts';
import { encodeNewEnvelope, readNewEnvelope } from './publish/newEnvelope.ts';

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
  { route, headersOf, config }: ReadEnvelopesOptions,
): Envelope {
  const { maxNesting, maxMessageBytes } = config;
  try {
    const body = route === undefined ? bytes : encodeNewEnvelope({ actors: route, payload: bytes });
    return readNewEnvelope(body, { headersOf, maxNesting, maxMessageBytes });
  } catch (error) {
    if (!(error instanceof EnvelopeError || error instanceof CommandError)) throw error;
    throw new CommandError(`${position}: ${error.message}`, { cause: error });
  }
}
