import { IllegalOperationError, type Channel } from 'amqplib';

/**
 * The content header frame of a publish, which holds all its properties and headers. AMQP splits a
 * body into frames, but never this one: a header frame over the negotiated `frame_max` makes the
 * broker close the connection (501). A sender chooses what stands in it, and a message that cannot
 * be published could never leave its queue.
 *
 * amqplib encodes the frame in `Channel.sendMessage`, after an instrumentation of `publish` has
 * added headers of its own. The method is not part of amqplib's types;
 * test/transport/rabbitmq/publisher/refusals.test.ts fails when it changes.
 */

/** Names, texts and numbers, as amqplib hands them to the encoder; headers may be inherited. */
type Properties = Readonly<Record<string, unknown>>;

type SendMessage = (fields: unknown, properties: Properties, content: Buffer) => boolean;

/**
 * Leaves out of every message on a channel what cannot be encoded, and headers that make the frame
 * larger than `maxBytes`: the sidecar's own are kept first, then the smallest.
 */
export function limitHeaderFrames(
  channel: Channel,
  maxBytes: number,
  onLeftOut: (error: unknown) => void,
): void {
  const internals = channel as unknown as { sendMessage: SendMessage };
  const sendMessage = internals.sendMessage.bind(channel);
  // amqplib checks the size of its own buffer by itself.
  const mayExceed = maxBytes < ENCODING_BUFFER_BYTES;
  internals.sendMessage = (fields, properties, content) => {
    try {
      if (mayExceed) checkSize(properties, maxBytes);
      return sendMessage(fields, properties, content);
    } catch (error) {
      if (error instanceof IllegalOperationError) throw error; // the channel is closed
      onLeftOut(error);
      const room = Math.min(maxBytes, ENCODING_BUFFER_BYTES);
      return sendMessage(fields, encodable(properties, room), content);
    }
  };
}

/** amqplib encodes headers into a buffer of this size, and throws when they do not fit. */
const ENCODING_BUFFER_BYTES = 64 * 1024;
/** The frame's own 8 bytes, class, weight, body size, flags, and the length of the table. */
const FIXED_BYTES = 8 + 2 + 2 + 8 + 2 + 4;
const MAX_SHORT_BYTES = 255;

function checkSize(properties: Properties, maxBytes: number): void {
  const bytes = frameBytes(properties);
  if (bytes > maxBytes)
    throw new RangeError(`headers take ${bytes} bytes, over the frame_max of ${maxBytes}`);
}

/**
 * An upper bound: a number counts as the largest encoding. Iterative, as headers may be nested
 * deeper than the stack.
 */
function frameBytes({ headers, ...properties }: Properties): number {
  let bytes = FIXED_BYTES;
  for (const value of Object.values(properties)) bytes += valueBytes(value);
  const waiting: unknown[] = [headers];
  while (waiting.length > 0) {
    const value = waiting.pop();
    bytes += valueBytes(value);
    if (Array.isArray(value)) waiting.push(...(value as unknown[]));
    else if (isTable(value)) {
      for (const [name, field] of fieldsOf(value)) {
        bytes += nameBytes(name);
        waiting.push(field);
      }
    }
  }
  return bytes;
}

function encodable({ headers, ...properties }: Properties, maxBytes: number): Properties {
  const kept = Object.fromEntries(Object.entries(properties).filter(isEncodableProperty));
  const room = maxBytes - frameBytes(kept);
  return { ...kept, headers: isTable(headers) ? fitting(fieldsOf(headers), room) : {} };
}

function fitting(fields: readonly [string, unknown][], maxBytes: number): Properties {
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

/** A short text, or a number that is not negative. */
function isEncodableProperty([, value]: [string, unknown]): boolean {
  if (typeof value === 'string') return Buffer.byteLength(value) <= MAX_SHORT_BYTES;
  return typeof value !== 'number' || (Number.isSafeInteger(value) && value >= 0);
}

/**
 * Tables and arrays may be nested too deep; AMQP has no integer of more than 64 bits, nor an
 * encoding of NaN.
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

/** Those that are encoded: inherited ones too, and none that is undefined. */
function fieldsOf(table: Properties): [string, unknown][] {
  const fields: [string, unknown][] = [];
  // oxlint-disable-next-line guard-for-in -- amqplib puts the headers into the prototype
  for (const name in table) if (table[name] !== undefined) fields.push([name, table[name]]);
  return fields;
}

function nameBytes(name: string): number {
  return 1 + Buffer.byteLength(name);
}

/** The tag and the value; of a table or an array its length. */
function valueBytes(value: unknown): number {
  if (typeof value === 'string') return 5 + Buffer.byteLength(value);
  return Buffer.isBuffer(value) ? 5 + value.length : 9;
}
