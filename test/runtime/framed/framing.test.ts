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

test('a stream of frames comes out as it went in, however it was cut', () => {
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

test('a frame comes out when it is split at any byte', () => {
  const stream = streamOf([Buffer.from('{"a":1}')]);
  for (let at = 0; at <= stream.length; at++) {
    const { decoder, frames } = setup();
    decoder.push(stream.subarray(0, at));
    assert.equal(frames.length, at === stream.length ? 1 : 0, `before byte ${at}`);
    decoder.push(stream.subarray(at));
    assert.deepEqual(frames, [Buffer.from('{"a":1}')]);
  }
});

test('a frame that comes in one chunk is not copied', () => {
  const { decoder, frames } = setup();
  const stream = streamOf([Buffer.from('one'), Buffer.from('two')]);
  decoder.push(stream);
  assert.deepEqual(frames.map(String), ['one', 'two']);
  assert.ok(frames.every((frame) => frame.buffer === stream.buffer));
});

test('a frame that is too large is refused from its length alone', () => {
  const { decoder, frames, refused } = setup(10);
  decoder.push(Buffer.concat([...encodeFrame(Buffer.alloc(10)), Buffer.from([0, 0, 0, 11])]));
  assert.equal(frames.length, 1);
  assert.deepEqual(refused, [11]);
});

test('what follows a length that was refused is not looked at', () => {
  const { decoder, frames, refused } = setup(10);
  decoder.push(Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]));
  decoder.push(streamOf([Buffer.from('x')]));
  assert.equal(frames.length, 0);
  assert.deepEqual(refused, [2 ** 32 - 1]);
});

test('knows how much there is of a frame that has not ended', () => {
  const { decoder } = setup();
  const stream = streamOf([Buffer.from('abc')]);
  const pending = [...stream].map((byte) => {
    decoder.push(Buffer.from([byte]));
    return decoder.pendingBytes();
  });
  assert.deepEqual(pending, [1, 2, 3, 4, 5, 6, 0]);
});

test('a small frame is written in one piece, a large one without a copy of its body', () => {
  assert.equal(encodeFrame(Buffer.alloc(1000)).length, 1);
  const large = Buffer.alloc(100_000);
  assert.equal(encodeFrame(large)[1], large);
});

function setup(maxBodyBytes = 1000): {
  decoder: FrameDecoder;
  frames: Buffer[];
  refused: number[];
} {
  const frames: Buffer[] = [];
  const refused: number[] = [];
  const decoder = createFrameDecoder(maxBodyBytes, {
    onFrame: (body) => frames.push(body),
    onTooLarge: (sizeBytes) => refused.push(sizeBytes),
  });
  return { decoder, frames, refused };
}

function streamOf(sent: readonly Buffer[]): Buffer {
  return Buffer.concat(sent.flatMap((body) => encodeFrame(body)));
}

/** Cuts a stream into pieces of these lengths, one after the other; the rest is the last one. */
function cutAt(stream: Buffer, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    chunks.push(stream.subarray(at, at + length));
    at += length;
  }
  return [...chunks, stream.subarray(at)];
}
