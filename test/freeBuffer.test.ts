import assert from 'node:assert/strict';
import test from 'node:test';
import { freeBuffer } from '../src/freeBuffer.ts';
import { KIB } from '../src/units.ts';

test('the memory of a large buffer is freed at once', () => {
  const bytes = Buffer.alloc(128 * KIB);
  const before = process.memoryUsage().arrayBuffers;
  freeBuffer(bytes);
  assert.equal(bytes.length, 0);
  assert.ok(process.memoryUsage().arrayBuffers <= before - 128 * KIB);
});

test('freeing a buffer twice has no effect', () => {
  const bytes = Buffer.alloc(128 * KIB);
  freeBuffer(bytes);
  freeBuffer(bytes);
  assert.equal(bytes.length, 0);
});

test('a view of a part of a buffer keeps the memory', () => {
  const whole = Buffer.alloc(256 * KIB, 'a');
  freeBuffer(whole.subarray(0, 128 * KIB));
  freeBuffer(whole.subarray(128 * KIB));
  assert.ok(whole.equals(Buffer.alloc(256 * KIB, 'a')));
});

test('a small buffer, which may share its memory, keeps it', () => {
  const small = Buffer.alloc(32 * KIB, 'a');
  freeBuffer(small);
  assert.equal(small.length, 32 * KIB);
});
