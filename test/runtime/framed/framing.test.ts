import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import {
  createFrameDecoder,
  encodeFrame,
  type FrameDecoder,
} from '../../../src/runtime/framed/framing.ts';

const bodies = fc.array(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 6 },
);

test('frames are decoded from a stream cut into any chunks', () => {
  fc.assert(
    fc.property(bodies, fc.array(fc.nat(400)), (sent, cuts) => {
      const { decoder, frames } = setup();
      for (const chunk of cutAt(streamOf(sent), cuts)) decoder.push(chunk);
      assert.deepEqual(frames, sent);
      assert.equal(decoder.pendingBytes(), 0);
    }),
    { numRuns: 1000 },
  );
});

test('a frame split at any byte is decoded', () => {
  const stream = streamOf([Buffer.from('{"a":1}')]);
  for (let at = 0; at <= stream.length; at++) {
    const { decoder, frames } = setup();
    decoder.push(stream.subarray(0, at));
    assert.equal(frames.length, at === stream.length ? 1 : 0, `before byte ${at}`);
    decoder.push(stream.subarray(at));
    assert.deepEqual(frames, [Buffer.from('{"a":1}')]);
  }
});

test('a frame in one chunk is not copied', () => {
  const { decoder, frames } = setup();
  const stream = streamOf([Buffer.from('one'), Buffer.from('two')]);
  decoder.push(stream);
  assert.deepEqual(frames.map(String), ['one', 'two']);
  assert.ok(frames.every((frame) => frame.buffer === stream.buffer));
});

test('a frame over the limit is rejected by its length', () => {
  const { decoder, frames, rejected } = setup(10);
  decoder.push(Buffer.concat([...encodeFrame(Buffer.alloc(10)), Buffer.from([0, 0, 0, 11])]));
  assert.equal(frames.length, 1);
  assert.deepEqual(rejected, [11]);
});

test('bytes after a rejected length are ignored', () => {
  const { decoder, frames, rejected } = setup(10);
  decoder.push(Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]));
  decoder.push(streamOf([Buffer.from('x')]));
  assert.equal(frames.length, 0);
  assert.deepEqual(rejected, [2 ** 32 - 1]);
});

test('the decoder counts the bytes of an incomplete frame', () => {
  const { decoder } = setup();
  const stream = streamOf([Buffer.from('abc')]);
  const pending = [...stream].map((byte) => {
    decoder.push(Buffer.from([byte]));
    return decoder.pendingBytes();
  });
  assert.deepEqual(pending, [1, 2, 3, 4, 5, 6, 0]);
});

test('a small frame is one buffer, and the body of a large frame is not copied', () => {
  assert.equal(encodeFrame(Buffer.alloc(1000)).length, 1);
  const large = Buffer.alloc(100_000);
  assert.equal(encodeFrame(large)[1], large);
});

function setup(maxBodyBytes = 1000): {
  decoder: FrameDecoder;
  frames: Buffer[];
  rejected: number[];
} {
  const frames: Buffer[] = [];
  const rejected: number[] = [];
  const decoder = createFrameDecoder(maxBodyBytes, {
    onFrame: (body) => frames.push(body),
    onTooLarge: (sizeBytes) => rejected.push(sizeBytes),
  });
  return { decoder, frames, rejected };
}

function streamOf(sent: readonly Buffer[]): Buffer {
  return Buffer.concat(sent.flatMap((body) => encodeFrame(body)));
}

/** Cuts a stream into chunks of the given lengths and a last chunk with the rest. */
function cutAt(stream: Buffer, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    chunks.push(stream.subarray(at, at + length));
    at += length;
  }
  return [...chunks, stream.subarray(at)];
}
