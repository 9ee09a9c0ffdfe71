import { isUtf8 } from 'node:buffer';
import { isRecord } from '../../isRecord.ts';
import type { Message } from '../../transport/message.ts';
import {
  decodeProperties,
  encodeProperties,
  type PropertiesJson,
} from '../../transport/messageProperties.ts';
import type { DeadLetter, Delivery } from '../../transport/transport.ts';

/**
 * One message as JSON, with every property, header and byte. `peek --json` prints it; the commands
 * `errors export` and `errors discard` write it, and `errors replay` reads it.
 */
export interface MessageJson {
  /** The queue that contained the message. */
  readonly queue?: string;
  readonly properties: Omit<PropertiesJson, 'headers'> & { readonly message_id?: string };
  /** Values that JSON cannot express are tagged: `{"!": "bytes", "value": "AAE="}`. */
  readonly headers: NonNullable<PropertiesJson['headers']>;
  /** The body if it is well-formed UTF-8. */
  readonly body?: string;
  /** Any other body. */
  readonly body_base64?: string;
  /** Set when the broker dead-lettered the message. */
  readonly dead_letter?: DeadLetterJson;
}

export interface DeadLetterJson {
  readonly queue: string;
  readonly reason: string;
  /** RFC 3339; absent where the broker does not record the time. */
  readonly time?: string;
}

/** A message that was received, without the right to settle it. */
export interface ReceivedMessage extends Message, Partial<Pick<Delivery, 'id' | 'deadLetter'>> {}

/** A JSON value is not a message. `message` names the member and the rule. */
export class MessageFormatError extends Error {
  override readonly name = 'MessageFormatError';
}

/** The properties with which a transport publishes an envelope of a sidecar. */
const OWN_PROPERTIES = { contentType: 'application/json' };

/** @param queue the name of the message's queue; omitted in the result when undefined */
export function encodeMessage(message: ReceivedMessage, queue?: string): MessageJson {
  const { id, body, headers: plain, properties = OWN_PROPERTIES, deadLetter } = message;
  const { headers = {}, ...standard } = encodeProperties(properties, plain);
  return {
    ...(queue === undefined ? {} : { queue }),
    properties: { ...(id === undefined ? {} : { message_id: id }), ...standard },
    headers,
    ...(isUtf8(body) ? { body: body.toString() } : { body_base64: body.toString('base64') }),
    ...(deadLetter === undefined ? {} : { dead_letter: encodeDeadLetter(deadLetter) }),
  };
}

/**
 * Decodes a message that `encodeMessage` encoded. Ignores unknown members.
 * @throws {MessageFormatError}
 */
export function decodeMessage(json: unknown): ReceivedMessage {
  if (!isRecord(json)) throw new MessageFormatError('a message must be an object');
  const { properties: standard = {}, headers: all = {}, dead_letter: dead } = json;
  if (!isRecord(standard)) throw new MessageFormatError('"properties" must be an object');
  if (!isRecord(all)) throw new MessageFormatError('"headers" must be an object');
  const { headers, properties } = decodeProperties({ ...standard, headers: all });
  const { message_id: id } = standard;
  return {
    id: typeof id === 'string' ? id : undefined,
    headers,
    properties,
    body: decodeBody(json['body'], json['body_base64']),
    deadLetter: dead === undefined ? undefined : decodeDeadLetter(dead),
  };
}

function decodeBody(text: unknown, base64: unknown): Buffer {
  if ((text === undefined) === (base64 === undefined)) {
    throw new MessageFormatError('a message must have either "body" or "body_base64"');
  }
  if (typeof text === 'string') return Buffer.from(text);
  if (typeof base64 !== 'string') throw new MessageFormatError('the body must be a string');
  const body = Buffer.from(base64, 'base64');
  // Node skips characters that are not base64; the body would be another one.
  if (body.toString('base64') === base64) return body;
  throw new MessageFormatError('"body_base64" must be padded base64');
}

function encodeDeadLetter({ queue, reason, atMs }: DeadLetter): DeadLetterJson {
  const time = atMs === undefined ? {} : { time: new Date(atMs).toISOString() };
  return { queue, reason, ...time };
}

function decodeDeadLetter(json: unknown): DeadLetter {
  const { queue, reason, time } = isRecord(json) ? json : {};
  if (typeof queue !== 'string' || typeof reason !== 'string') {
    throw new MessageFormatError('"dead_letter" must have the strings "queue" and "reason"');
  }
  const atMs = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return { queue, reason, atMs: Number.isNaN(atMs) ? undefined : atMs };
}
