import type { ChannelModel } from 'amqplib';

/**
 * The internals of an amqplib connection that this module wraps; they are not part of its types.
 *
 * amqplib decodes message headers with a recursive function. Headers that are nested some thousand
 * levels deep (28 KB suffice) overflow its stack. amqplib then drops the connection, the broker
 * redelivers the message, and the consumer reconnects forever. A field type that amqplib does not
 * know has the same effect.
 *
 * amqplib has no hook for this. `recvFrame` takes the next frame from the buffer `rest` and decodes
 * it. The wrapper catches the error of a content header frame, removes the fields that cannot be
 * decoded, and puts the frame back. test/transport/rabbitmq/properties/decodableHeaders.test.ts
 * fails when either name changes.
 *
 * Headers that amqplib can just decode would overflow the stack later, when they are printed as
 * JSON. Therefore all headers that are nested more than `MAX_DEPTH` levels deep are removed.
 */
interface Internals {
  recvFrame: () => unknown;
  rest: Buffer;
}

/**
 * Removes the headers that cannot be decoded or are nested too deep from each message received on a
 * connection.
 * @param onDropped called with the reason of each removal
 */
export function dropUndecodableHeaders(
  { connection }: ChannelModel,
  onDropped: (error: unknown) => void,
): void {
  const internals = connection as unknown as Internals;
  const recvFrame = internals.recvFrame.bind(connection);
  const recvDecodable = (): unknown => {
    // If the buffer ends within a frame, `recvFrame` reads more bytes and calls this wrapper again.
    const buffered = internals.rest;
    try {
      return recvFrame();
    } catch (error) {
      const decodable = withDecodableHeaders(buffered);
      if (decodable === undefined) throw error;
      onDropped(error);
      internals.rest = Buffer.concat([decodable, internals.rest]);
      return recvFrame();
    }
  };
  internals.recvFrame = () => {
    const frame = recvDecodable();
    for (const name of deleteDeepHeaders(frame)) {
      onDropped(new RangeError(`header "${name}" is nested over ${MAX_DEPTH} levels deep`));
    }
    return frame;
  };
}

/** Deletes deeply nested headers from a decoded frame and returns their names. */
function deleteDeepHeaders(frame: unknown): string[] {
  const headers = recordIn(recordIn(frame, 'fields'), 'headers');
  if (headers === undefined) return [];
  const names = Object.keys(headers).filter((name) => !isShallow(headers[name]));
  for (const name of names) delete headers[name];
  return names;
}

function recordIn(value: unknown, name: string): Record<string, unknown> | undefined {
  const found = isRecord(value) ? value[name] : undefined;
  return isRecord(found) ? found : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Buffer.isBuffer(value);
}

/** Iterative, since the producer decides the depth. */
function isShallow(value: unknown): boolean {
  if (!isRecord(value)) return true;
  const pending = [{ value, depth: 1 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.depth > MAX_DEPTH) return false;
    for (const inner of Object.values(next.value)) {
      if (isRecord(inner)) pending.push({ value: inner, depth: next.depth + 1 });
    }
  }
  return true;
}

const HEADER_FRAME = 2;
const FRAME_END = 0xce;
/** Type, channel and payload size. */
const FRAME_START_BYTES = 7;
/** The flags follow class, weight and body size. */
const FLAGS_OFFSET = FRAME_START_BYTES + 2 + 2 + 8;
const HAS_CONTENT_TYPE = 0x8000;
const HAS_CONTENT_ENCODING = 0x4000;
const HAS_HEADERS = 0x2000;

/**
 * Returns a copy of the buffer whose first frame, a content header frame, has only headers that
 * amqplib can decode. Returns undefined when the buffer starts with another or an incomplete frame.
 */
function withDecodableHeaders(buffered: Buffer): Buffer | undefined {
  if (buffered.length < FLAGS_OFFSET + 2 || buffered[0] !== HEADER_FRAME) return undefined;
  const end = FRAME_START_BYTES + buffered.readUInt32BE(3);
  if (buffered.length < end + 1) return undefined;
  const flags = buffered.readUInt16BE(FLAGS_OFFSET);
  if ((flags & HAS_HEADERS) === 0) return undefined;
  let start = FLAGS_OFFSET + 2;
  for (const flag of [HAS_CONTENT_TYPE, HAS_CONTENT_ENCODING]) {
    if ((flags & flag) !== 0) start += 1 + buffered.readUInt8(start);
  }
  const tableEnd = start + 4 + buffered.readUInt32BE(start);
  const { fields } = fieldsOf(buffered.subarray(start + 4, tableEnd), 'table');
  const kept = Buffer.concat(fields.filter(isDecodable).map(({ bytes }) => bytes));
  const before = Buffer.concat([buffered.subarray(0, start), Buffer.alloc(4)]);
  before.writeUInt32BE(kept.length, start);
  const after = buffered.subarray(tableEnd, end);
  before.writeUInt32BE(before.length + kept.length + after.length - FRAME_START_BYTES, 3);
  return Buffer.concat([before, kept, after, Buffer.of(FRAME_END)]);
}

/** An entry of a table, or an element of an array. */
interface Field {
  /** The encoded name, type and value. */
  readonly bytes: Buffer;
  readonly type: string;
  readonly value: Buffer;
}

interface Fields {
  readonly fields: readonly Field[];
  /**
   * False when a field has an unknown type or exceeds the buffer. That field and all later ones are
   * missing.
   */
  readonly isComplete: boolean;
}

const LENGTH_PREFIXED = new Set(['S', 'x', 'A', 'F']);
const FIXED_BYTES = new Map([
  ...['V'].map((type) => [type, 0] as const),
  ...['t', 'b', 'B'].map((type) => [type, 1] as const),
  ...['s', 'u'].map((type) => [type, 2] as const),
  ...['I', 'i', 'f'].map((type) => [type, 4] as const),
  ...['D'].map((type) => [type, 5] as const),
  ...['l', 'd', 'T'].map((type) => [type, 8] as const),
]);

function fieldsOf(bytes: Buffer, kind: 'table' | 'array'): Fields {
  const fields: Field[] = [];
  let start = 0;
  while (start < bytes.length) {
    const typeAt = kind === 'table' ? start + 1 + bytes.readUInt8(start) : start;
    const type = String.fromCharCode(bytes[typeAt] ?? 0);
    const isPrefixed = LENGTH_PREFIXED.has(type);
    const valueAt = typeAt + 1 + (isPrefixed ? 4 : 0);
    if (valueAt > bytes.length) return { fields, isComplete: false };
    const sizeBytes = isPrefixed ? bytes.readUInt32BE(typeAt + 1) : FIXED_BYTES.get(type);
    if (sizeBytes === undefined || valueAt + sizeBytes > bytes.length)
      return { fields, isComplete: false };
    const end = valueAt + sizeBytes;
    fields.push({ bytes: bytes.subarray(start, end), type, value: bytes.subarray(valueAt, end) });
    start = end;
  }
  return { fields, isComplete: true };
}

/** Far below the depth that overflows the stack, and far above the depth that producers use. */
const MAX_DEPTH = 100;

/** Iterative, since the producer decides the depth. */
function isDecodable(field: Field): boolean {
  const pending = [{ field, depth: 1 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { type, value } = next.field;
    if (type !== 'A' && type !== 'F') continue;
    const { fields, isComplete } = fieldsOf(value, type === 'F' ? 'table' : 'array');
    if (!isComplete || next.depth > MAX_DEPTH) return false;
    for (const inner of fields) pending.push({ field: inner, depth: next.depth + 1 });
  }
  return true;
}
