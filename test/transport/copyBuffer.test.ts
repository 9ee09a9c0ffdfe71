import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CopyBuffer } from '../../src/transport/copyBuffer.ts';
import { MIB } from '../../src/units.ts';

test('a buffer keeps at most 1,000 copies, in order', () => {
  const buffer = new CopyBuffer();
  for (let n = 0; n < 1_500; n++) buffer.add('q', { body: Buffer.from(String(n)), headers: {} });
  assert.equal(buffer.take()?.message.body.toString(), '0');
  buffer.add('q', { body: Buffer.from('last'), headers: {} });
  const rest = buffer.takeAll().map(({ message }) => message.body.toString());
  assert.deepEqual([rest.length, rest[0], rest.at(-1)], [1_000, '1', 'last']);
  assert.equal(buffer.take(), undefined);
});

test('a buffer keeps at most 16 MiB, or one larger copy', () => {
  const buffer = new CopyBuffer();
  const sized = (mebibytes: number) => ({ body: Buffer.alloc(mebibytes * MIB), headers: {} });
  for (const mebibytes of [10, 10, 6, 1]) buffer.add('q', sized(mebibytes));
  const sizes = buffer.takeAll().map(({ message }) => message.body.length / MIB);
  assert.deepEqual(sizes, [10, 6]);
  buffer.add('q', sized(20));
  buffer.add('q', sized(1));
  assert.equal(buffer.takeAll().length, 1);
});

test('the body of a kept copy does not change with the body that was added', () => {
  const buffer = new CopyBuffer();
  const body = Buffer.from('copy');
  buffer.add('q', { body, headers: {} });
  body.fill('x');
  assert.equal(buffer.take()?.message.body.toString(), 'copy');
});
