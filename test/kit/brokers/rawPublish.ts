import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { connect } from 'amqplib';

/** A field of an AMQP 0-9-1 header table: the letter of its type and its encoded value. */
export type EncodedField = readonly [type: string, value: Buffer];

export function encodedText(text: string): EncodedField {
  return ['S', Buffer.concat([uint32(Buffer.byteLength(text)), Buffer.from(text)])];
}

/** Encodes tables or arrays that are nested `depth` levels deep. */
export function encodedNesting(depth: number, type: 'F' | 'A'): EncodedField {
  const opening =
    type === 'F' ? Buffer.from([1, 'a'.charCodeAt(0), 'F'.charCodeAt(0)]) : Buffer.from('A');
  const levelBytes = opening.length + 4;
  const levels = Array.from({ length: depth - 1 }, (_, level) =>
    Buffer.concat([opening, uint32((depth - 2 - level) * levelBytes)]),
  );
  return [type, Buffer.concat([uint32((depth - 1) * levelBytes), ...levels])];
}

/**
 * Publishes a message with headers that amqplib cannot encode. Resolves when the broker has
 * answered a later command on the same channel, and so has accepted the message.
 */
export async function publishRaw(
  url: string,
  queue: string,
  body: Buffer,
  headers: Readonly<Record<string, EncodedField>>,
): Promise<void> {
  const connection = await connect(url);
  connection.on('error', () => {});
  const channel = await connection.createChannel();
  const { stream } = connection.connection as unknown as { stream: Duplex };
  const table = Buffer.concat(
    Object.entries(headers).map(([name, [type, value]]) =>
      Buffer.concat([shortText(name), Buffer.from(type), value]),
    ),
  );
  const HEADERS = 0x2000;
  const properties = Buffer.concat([uint16(HEADERS), uint32(table.length), table]);
  const [BASIC, PUBLISH] = [60, 40];
  stream.write(
    Buffer.concat([
      frame(
        1,
        uint16(BASIC),
        uint16(PUBLISH),
        uint16(0),
        shortText(''),
        shortText(queue),
        Buffer.of(0),
      ),
      frame(2, uint16(BASIC), uint16(0), uint64(body.length), properties),
      frame(3, body),
    ]),
  );
  if (!stream.writableNeedDrain) await new Promise(setImmediate);
  else await once(stream, 'drain');
  await channel.checkQueue(queue);
  await connection.close();
}

const FRAME_END = 0xce;
/** amqplib numbers channels from 1. */
const CHANNEL = 1;

function frame(type: number, ...parts: Buffer[]): Buffer {
  const payload = Buffer.concat(parts);
  return Buffer.concat([
    Buffer.of(type),
    uint16(CHANNEL),
    uint32(payload.length),
    payload,
    Buffer.of(FRAME_END),
  ]);
}

function shortText(text: string): Buffer {
  return Buffer.concat([Buffer.of(Buffer.byteLength(text)), Buffer.from(text)]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
