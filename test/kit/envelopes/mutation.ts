import * as fc from 'fast-check';

/** A byte. Bytes with a meaning in JSON or UTF-8 are more frequent. */
const byte = fc.oneof(
  fc.nat(255),
  fc.constantFrom(
    ...Buffer.from('{}[]",:\\u0123456789-+.eEtrufalsn \n'),
    0x00,
    0x1f,
    0x7f,
    0x80,
    0xc0,
    0xed,
    0xf4,
    0xff,
  ),
);

/** A change of bytes: one byte is inserted, replaced or removed, or the end is removed. */
export const mutation: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc.oneof(
  edit(byte, (bytes, at, value) =>
    Buffer.concat([bytes.subarray(0, at), Buffer.of(value), bytes.subarray(at)]),
  ),
  edit(byte, (bytes, at, value) =>
    Buffer.concat([bytes.subarray(0, at), Buffer.of(value), bytes.subarray(at + 1)]),
  ),
  edit(fc.constant(0), (bytes, at) =>
    Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]),
  ),
  edit(fc.constant(0), (bytes, at) => bytes.subarray(0, at)),
);

function edit(
  value: fc.Arbitrary<number>,
  apply: (bytes: Buffer, at: number, value: number) => Buffer,
): fc.Arbitrary<(bytes: Buffer) => Buffer> {
  return fc.tuple(fc.nat(10_000), value).map(
    ([position, byte]) =>
      (bytes: Buffer) =>
        apply(bytes, position % (bytes.length + 1), byte),
  );
}
