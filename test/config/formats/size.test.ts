import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSize, parseSize } from '../../../src/config/formats/size.ts';

test('a size is a number of bytes with an optional unit', () => {
  assert.equal(parseSize('16711680'), 16_711_680);
  assert.equal(parseSize('512KiB'), 524_288);
  assert.equal(parseSize('64Mi'), 67_108_864);
  assert.equal(parseSize('10MB'), 10_000_000);
  assert.equal(parseSize('1 GiB'), 1_073_741_824);
});

test('an invalid size is rejected', () => {
  for (const text of ['', '-1', '1.5MiB', '1TB', 'MiB', '1e6', '0x10', '1  KiB']) {
    assert.equal(parseSize(text), undefined, text);
  }
});

test('a size is printed in the largest binary unit that needs no fraction', () => {
  assert.equal(formatSize(67_108_864), '64MiB');
  assert.equal(formatSize(16_711_680), '16320KiB');
  assert.equal(formatSize(1_000), '1000');
  assert.equal(formatSize(0), '0');
});
