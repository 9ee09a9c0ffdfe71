import type { ChannelModel } from 'amqplib';

/**
 * amqplib decodes message headers with a recursive function. Headers that are nested some thousand
 * levels deep (28 KB suffice) overflow its stack; amqplib then drops the connection, the broker
 * delivers the message again, and the consumer reconnects for ever. The same happens for a field
 * type that amqplib does not know.
 *
 * There is no hook for this, so one method of the connection is wrapped: `recvFrame` takes the next
 * frame off the buffer `rest` and decodes it. A content header frame that it cannot decode is put
 * back without the fields that cause it. Neither name is part of amqplib's types;
 * test/transport/rabbitmq/properties/decodableHeaders.test.ts fails when they change.
 *
 * Headers that amqplib can just decode would overflow the stack later, where they are printed as
 * JSON. So everything that is nested more than `MAX_DEPTH` levels deep is left out.
 */
interface Internals {
  recvFrame: () => unknown;
  rest: Buffer;
}

/**
 * Leaves out, of each message that arrives on a connection, the headers that cannot be decoded or
 * are nested too deep.
 */
export function dropUndecodableHeaders(
  { connection }: ChannelModel,
  onLeftOut: (error: unknown) => void,
): void {
  const internals = connection as unknown as Internals;
  const recvFrame = internals.recvFrame.bind(connection);
  const recvDecodable = (): unknown => {
    // Where it ends within a frame, `recvFrame` reads on and calls itself, which comes here again.
    const buffered = internals.rest;
    try {
      return recvFrame();
    } catch (error) {
      const decodable = withDecodableHeaders(buffered);
      if (decodable === undefined) throw error;
      onLeftOut(error);
      internals.rest = Buffer.concat([decodable, internals.rest]);
      return recvFrame();
    }
  };
  internals.recvFrame = () => {
    const frame = recvDecodable();
    for (const name of deleteDeepHeaders(frame)) {
      onLeftOut(new RangeError(`header "${name}" is nested over ${MAX_DEPTH} levels deep`));
    }
    return frame;
  };
}

/** Returns the names of the headers that it has deleted from a decoded frame. */
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

/** Iterative, as the depth is the sender's choice. */
function isShallow(value: unknown): boolean {
  if (!isRecord(value)) return true;
  const waiting = [{ value, depth: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.depth > MAX_DEPTH) return false;
    for (const inner of Object.values(next.value)) {
      if (isRecord(inner)) waiting.push({ value: inner, depth: next.depth + 1 });
    }
  }
  return true;
}

const HEADER_FRAME = 2;
const FRAME_END = 0xce;
/** Type, channel and size. */
const FRAME_START_BYTES = 7;
/** Class, weight and body size; the flags follow. */
const FLAGS_OFFSET = FRAME_START_BYTES + 2 + 2 + 8;
const HAS_CONTENT_TYPE = 0x8000;
const HAS_CONTENT_ENCODING = 0x4000;
const HAS_HEADERS = 0x2000;

/**
 * The content header frame at the start of a buffer, with those headers only that amqplib can
 * decode.
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

/** One entry of a table, or one element of an array. */
interface Field {
  /** All of it: its name, its type and its value. */
  readonly bytes: Buffer;
  readonly type: string;
  readonly value: Buffer;
}

interface Fields {
  readonly fields: readonly Field[];
  /**
   * False when a field has an unknown type or leaves the buffer: it and those after it are missing.
   */
  readonly isWhole: boolean;
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
    if (valueAt > bytes.length) return { fields, isWhole: false };
    const sizeBytes = isPrefixed ? bytes.readUInt32BE(typeAt + 1) : FIXED_BYTES.get(type);
    if (sizeBytes === undefined || valueAt + sizeBytes > bytes.length)
      return { fields, isWhole: false };
    const end = valueAt + sizeBytes;
    fields.push({ bytes: bytes.subarray(start, end), type, value: bytes.subarray(valueAt, end) });
    start = end;
  }
  return { fields, isWhole: true };
}

/** Far below what overflows the stack, far above what producers use. */
const MAX_DEPTH = 100;

/** Iterative, as the depth is the sender's choice. */
function isDecodable(field: Field): boolean {
  const waiting = [{ field, depth: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { type, value } = next.field;
    if (type !== 'A' && type !== 'F') continue;
    const { fields, isWhole } = fieldsOf(value, type === 'F' ? 'table' : 'array');
    if (!isWhole || next.depth > MAX_DEPTH) return false;
    for (const inner of fields) waiting.push({ field: inner, depth: next.depth + 1 });
  }
  return true;
}
