import { IllegalOperationError, type Channel } from 'amqplib';
import { KIB } from '../../../units.ts';

/**
 * Limits the content header frame of a publish, which holds all properties and headers. AMQP splits
 * a body into frames, but not this frame: if it exceeds the negotiated `frame_max`, the broker
 * closes the connection (501). The producer decides the headers, so without this limit a message
 * could stay in its queue forever because it cannot be published again.
 *
 * amqplib encodes the frame in `Channel.sendMessage`, after an instrumentation of `publish` has
 * added its headers. The method is not part of amqplib's types;
 * test/transport/rabbitmq/publisher/refusals.test.ts fails when it changes.
 */

/** The properties and headers that amqplib passes to its encoder. Headers may be inherited. */
type Properties = Readonly<Record<string, unknown>>;

type SendMessage = (fields: unknown, properties: Properties, content: Buffer) => boolean;

/**
 * Removes properties and headers that cannot be encoded from each message published on a channel,
 * and headers that do not fit into a frame of `maxBytes`. The sidecar's own headers are kept first,
 * then the smallest headers.
 * @param onDropped called with the reason of each removal
 */
export function limitHeaderFrames(
  channel: Channel,
  maxBytes: number,
  onDropped: (error: unknown) => void,
): void {
  const internals = channel as unknown as { sendMessage: SendMessage };
  const sendMessage = internals.sendMessage.bind(channel);
  // With a larger limit amqplib's own buffer overflows first, and amqplib throws.
  const needsSizeCheck = maxBytes < ENCODING_BUFFER_BYTES;
  internals.sendMessage = (fields, properties, content) => {
    try {
      if (needsSizeCheck) checkSize(properties, maxBytes);
      return sendMessage(fields, properties, content);
    } catch (error) {
      if (error instanceof IllegalOperationError) throw error; // closed channel
      onDropped(error);
      const limitBytes = Math.min(maxBytes, ENCODING_BUFFER_BYTES);
      return sendMessage(fields, keepEncodable(properties, limitBytes), content);
    }
  };
}

/** The size of the buffer into which amqplib encodes headers. It throws when they do not fit. */
const ENCODING_BUFFER_BYTES = 64 * KIB;
/** Frame header and end, class, weight, body size, flags, and the length of the table. */
const FIXED_BYTES = 8 + 2 + 2 + 8 + 2 + 4;
const MAX_SHORT_BYTES = 255;

function checkSize(properties: Properties, maxBytes: number): void {
  const bytes = frameBytes(properties);
  if (bytes > maxBytes)
    throw new RangeError(`headers of ${bytes} bytes exceed the frame_max of ${maxBytes}`);
}

/**
 * Returns an upper bound of the frame's size: each number counts as its largest encoding.
 * Iterative, since headers may be nested deeper than the stack.
 */
function frameBytes({ headers, ...properties }: Properties): number {
  let bytes = FIXED_BYTES;
  for (const value of Object.values(properties)) bytes += valueBytes(value);
  const pending: unknown[] = [headers];
  while (pending.length > 0) {
    const value = pending.pop();
    bytes += valueBytes(value);
    if (Array.isArray(value)) pending.push(...(value as unknown[]));
    else if (isTable(value)) {
      for (const [name, field] of fieldsOf(value)) {
        bytes += nameBytes(name);
        pending.push(field);
      }
    }
  }
  return bytes;
}

function keepEncodable({ headers, ...properties }: Properties, maxBytes: number): Properties {
  const kept = Object.fromEntries(Object.entries(properties).filter(isEncodableProperty));
  const headerBytes = maxBytes - frameBytes(kept);
  return { ...kept, headers: isTable(headers) ? keepFitting(fieldsOf(headers), headerBytes) : {} };
}

function keepFitting(fields: readonly [string, unknown][], maxBytes: number): Properties {
  let leftBytes = maxBytes;
  const smallestFirst = fields
    .filter(isEncodableHeader)
    .map(([name, value]) => ({ name, value, bytes: nameBytes(name) + valueBytes(value) }))
    .toSorted((a, b) => Number(isOwn(b.name)) - Number(isOwn(a.name)) || a.bytes - b.bytes);
  const kept: Record<string, unknown> = {};
  for (const { name, value, bytes } of smallestFirst) {
    if (bytes > leftBytes) continue;
    leftBytes -= bytes;
    kept[name] = value;
  }
  return kept;
}

function isOwn(name: string): boolean {
  return name.startsWith('asya-') || name === 'traceparent';
}

/** AMQP encodes a property as a short string or an unsigned integer. */
function isEncodableProperty([, value]: [string, unknown]): boolean {
  if (typeof value === 'string') return Buffer.byteLength(value) <= MAX_SHORT_BYTES;
  return typeof value !== 'number' || (Number.isSafeInteger(value) && value >= 0);
}

/**
 * Tables and arrays are excluded, since they may be nested too deep. AMQP encodes neither integers
 * over 64 bits nor NaN.
 */
function isEncodableHeader([name, value]: [string, unknown]): boolean {
  if (Buffer.byteLength(name) > MAX_SHORT_BYTES) return false;
  if (typeof value === 'number') return Number.isFinite(value) && Math.abs(value) < 2 ** 63;
  return typeof value === 'string' || typeof value === 'boolean';
}

function isTable(value: unknown): value is Properties {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)
  );
}

/** Returns the fields that amqplib encodes: own and inherited ones that are defined. */
function fieldsOf(table: Properties): [string, unknown][] {
  const fields: [string, unknown][] = [];
  // oxlint-disable-next-line guard-for-in -- amqplib makes the headers a prototype
  for (const name in table) if (table[name] !== undefined) fields.push([name, table[name]]);
  return fields;
}

function nameBytes(name: string): number {
  return 1 + Buffer.byteLength(name);
}

/** The type tag and the value; for a table or an array the tag and the length prefix. */
function valueBytes(value: unknown): number {
  if (typeof value === 'string') return 5 + Buffer.byteLength(value);
  return Buffer.isBuffer(value) ? 5 + value.length : 9;
}
