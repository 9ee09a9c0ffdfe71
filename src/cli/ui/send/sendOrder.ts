import type { Config } from '../../../config/config.ts';
import { isActorName } from '../../../envelope/actorName.ts';
import type { HeaderEdit } from '../../../envelope/edit.ts';
import type { Envelope } from '../../../envelope/envelope.ts';
import { EnvelopeError } from '../../../envelope/envelopeError.ts';
import { HEADER, isEnvelopeId } from '../../../envelope/headers.ts';
import {
  createCursor,
  expectEnd,
  kindAt,
  readRawObject,
  skipValue,
} from '../../../envelope/json/json.ts';
import { JsonError } from '../../../envelope/json/jsonError.ts';
import { isRecord } from '../../../isRecord.ts';
import { createReplyQueueName } from '../../../replyQueue.ts';
import { SECOND } from '../../../units.ts';
import { CommandError, UsageError } from '../../command/exit.ts';
import { parseDurationOption } from '../../input/durationOption.ts';
import { replyToHeaders } from '../../replies/replyTo.ts';
import { encodeNewEnvelope, readNewEnvelope } from '../../send/publish/newEnvelope.ts';
import { Fields } from '../server/routes/fields.ts';
import { refuseUnknown } from '../server/routes/refuseUnknown.ts';
import { RequestError } from '../server/routes/requestError.ts';

/** A request that can be carried out. */
export interface SendOrder {
  readonly envelope: Envelope;
  /** The first actor of the route. */
  readonly to: string;
  /** The reply queue that the envelope names. */
  readonly queue: string;
  readonly waitMs: number;
}

/** The fields of a `SendRequest`. */
const FIELDS = ['id', 'actors', 'headers', 'payload', 'wait'] as const;

const DEFAULT_WAIT_MS = 30 * SECOND;

/**
 * Reads the body of a `SendRequest`, with the rules of the command `send`.
 * @throws {RequestError} naming the field and the rule
 */
export function readSendOrder(
  body: unknown,
  { maxNesting, maxMessageBytes }: Pick<Config, 'maxNesting' | 'maxMessageBytes'>,
): SendOrder {
  const fields = new Fields(body);
  if (isRecord(body)) refuseUnknown(body, FIELDS);
  const actors = readActors(fields);
  const id = readId(fields);
  const headers = readHeaders(fields, maxNesting);
  const payload = readJson('payload', fields.requiredText('payload'), maxNesting);
  const waitMs = readWait(fields);
  const queue = createReplyQueueName();
  const headersOf = (envelope: Envelope): readonly HeaderEdit[] => replyToHeaders(envelope, queue);
  try {
    const encoded = encodeNewEnvelope({ id, actors, headers, payload });
    const envelope = readNewEnvelope(encoded, { headersOf, maxNesting, maxMessageBytes });
    return { envelope, to: actors[0] ?? '', queue, waitMs };
  } catch (error) {
    if (error instanceof CommandError) throw invalid('payload', error.message, error);
    if (!(error instanceof EnvelopeError)) throw error;
    // The other parts have been checked: it is the value of a header that sidecars read.
    throw new RequestError(400, error.message, { field: 'headers', cause: error });
  }
}

function readActors(fields: Fields): readonly string[] {
  const actors = fields.texts('actors') ?? [];
  if (actors.length === 0) throw fields.error('actors', 'must name at least one actor');
  const index = actors.findIndex((actor) => !isActorName(actor));
  if (index < 0) return actors;
  throw invalid(`actors[${index}]`, `"${actors[index]}" is not a valid actor name`);
}

function readId(fields: Fields): string | undefined {
  const id = fields.text('id');
  if (id === undefined || isEnvelopeId(id)) return id;
  throw fields.error('id', id === '' ? 'must not be empty' : 'must be well-formed Unicode');
}

/** The headers that this server sets, because it receives the answers. */
const OWN_HEADERS: readonly string[] = [HEADER.replyTo, HEADER.fanout];

function readHeaders(fields: Fields, maxNesting: number): Buffer | undefined {
  const text = fields.text('headers');
  if (text === undefined) return undefined;
  const bytes = readJson('headers', text, maxNesting);
  const cursor = createCursor(bytes, Number.POSITIVE_INFINITY);
  if (kindAt(cursor) !== 'object') throw fields.error('headers', 'must be a JSON object');
  const { members } = readRawObject(cursor);
  const own = OWN_HEADERS.find((name) => members.has(name));
  if (own !== undefined) throw invalid('headers', `the page sets "${own}"`);
  return bytes;
}

function readWait(fields: Fields): number {
  try {
    return parseDurationOption('wait', fields.text('wait')) ?? DEFAULT_WAIT_MS;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new RequestError(400, error.message, { field: 'wait', cause: error });
  }
}

/** Checks that a text is one JSON value, so that it cannot add members to the envelope. */
function readJson(field: string, text: string, maxNesting: number): Buffer {
  if (!text.isWellFormed()) throw invalid(field, 'the text is not well-formed Unicode');
  const bytes = Buffer.from(text);
  try {
    const cursor = createCursor(bytes, maxNesting);
    skipValue(cursor);
    expectEnd(cursor);
    return bytes;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw invalid(field, error.message, error);
  }
}

function invalid(field: string, rule: string, cause?: unknown): RequestError {
  return new RequestError(400, `${field}: ${rule}`, { field, cause });
}
