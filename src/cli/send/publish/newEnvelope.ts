import { randomUUID } from 'node:crypto';
import type { Config } from '../../../config/config.ts';
import { encodeEnvelope, type HeaderEdit } from '../../../envelope/edit.ts';
import { readEnvelope, type Envelope } from '../../../envelope/envelope.ts';
import { CommandError } from '../../command/exit.ts';

/** The parts of a new envelope. */
export interface EnvelopeParts {
  /** @default a new UUID */
  readonly id?: string | undefined;
  readonly actors: readonly string[];
  /** The encoded object. @default no headers */
  readonly headers?: Buffer | undefined;
  /** Encoded JSON. */
  readonly payload: Buffer;
}

/** Encodes a new envelope. The bytes of the payload and of the headers are unchanged. */
export function encodeNewEnvelope({
  id = randomUUID(),
  actors,
  headers,
  payload,
}: EnvelopeParts): Buffer {
  const start = JSON.stringify({ id, route: { actors, current: 0 } }).slice(0, -1);
  return Buffer.concat([
    Buffer.from(start),
    ...(headers === undefined ? [] : [Buffer.from(',"headers":'), headers]),
    Buffer.from(',"payload":'),
    payload,
    Buffer.from('}'),
  ]);
}

export interface ReadNewOptions extends Pick<Config, 'maxNesting' | 'maxMessageBytes'> {
  /** Returns the headers to set in the envelope. */
  readonly headersOf: (envelope: Envelope) => readonly HeaderEdit[];
}

/**
 * Reads an envelope that is to be sent, and sets its headers.
 * @throws {EnvelopeError} naming the field and the broken rule
 * @throws {CommandError} when it is too large
 */
export function readNewEnvelope(
  body: Buffer,
  { headersOf, maxNesting, maxMessageBytes }: ReadNewOptions,
): Envelope {
  requireSize(body, maxMessageBytes);
  const envelope = readEnvelope(body, { maxNesting });
  const headers = headersOf(envelope);
  if (headers.length === 0) return envelope;
  const edited = encodeEnvelope(envelope, { headers });
  requireSize(edited, maxMessageBytes);
  return readEnvelope(edited, { maxNesting });
}

function requireSize(body: Buffer, maxMessageBytes: number): void {
  if (body.length <= maxMessageBytes) return;
  const limit = `the limit is ASYA_MAX_MESSAGE_BYTES (${maxMessageBytes})`;
  throw new CommandError(`envelope of ${body.length} bytes is too large; ${limit}`);
}
