/** A field of a message in the wire format of protocol buffers. */
export interface WireField {
  readonly number: number;
  /** Bytes for strings, bytes and messages; otherwise the bits as an unsigned integer. */
  readonly value: Buffer | bigint;
}

/**
 * Reads the fields of a message, in their order:
 * https://protobuf.dev/programming-guides/encoding
 * @throws an error if the bytes are not a message
 */
export function readFields(message: Buffer): WireField[] {
  const fields: WireField[] = [];
  for (let at = 0; at < message.length;) {
    const [tag, start] = readVarint(message, at);
    const { value, end } = readValue(message, start, Number(tag & 7n));
    fields.push({ number: Number(tag >> 3n), value });
    at = end;
  }
  return fields;
}

function readValue(
  message: Buffer,
  start: number,
  type: number,
): { value: Buffer | bigint; end: number } {
  switch (type) {
    case 0: {
      const [value, end] = readVarint(message, start);
      return { value, end };
    }
    case 1:
      return { value: message.readBigUInt64LE(start), end: start + 8 };
    case 2: {
      const [length, from] = readVarint(message, start);
      const end = from + Number(length);
      return { value: message.subarray(from, end), end };
    }
    case 5:
      return { value: BigInt(message.readUInt32LE(start)), end: start + 4 };
    default:
      throw new Error(`wire type ${type} at byte ${start}`);
  }
}

function readVarint(message: Buffer, start: number): [value: bigint, end: number] {
  let value = 0n;
  for (let at = start, shift = 0n; ; at++, shift += 7n) {
    const byte = message.readUInt8(at);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at + 1];
  }
}
