import assert from 'node:assert/strict';
import test from 'node:test';
import { release } from '../src/release.ts';

const KIB = 1024;

test('the memory of a large buffer is freed at once', () => {
  const bytes = Buffer.alloc(128 * KIB);
  const before = process.memoryUsage().arrayBuffers;
  release(bytes);
  assert.equal(bytes.length, 0);
  assert.ok(process.memoryUsage().arrayBuffers <= before - 128 * KIB);
});

test('a buffer can be released twice', () => {
  const bytes = Buffer.alloc(128 * KIB);
  release(bytes);
  release(bytes);
  assert.equal(bytes.length, 0);
});

test('a view of a part of other bytes keeps them', () => {
  const whole = Buffer.alloc(256 * KIB, 'a');
  release(whole.subarray(0, 128 * KIB));
  release(whole.subarray(128 * KIB));
  assert.ok(whole.equals(Buffer.alloc(256 * KIB, 'a')));
});

test('a small buffer, which may share its memory with others, keeps it', () => {
  const small = Buffer.alloc(32 * KIB, 'a');
  release(small);
  assert.equal(small.length, 32 * KIB);
});
