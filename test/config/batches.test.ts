import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../../src/config/config.ts';
import { problemsOf, REQUIRED, warningsOf } from '../kit/rigs/readEnvironment.ts';

test('batches have a size, a wait and a size limit in bytes', () => {
  const { config } = readConfig({
    ...REQUIRED,
    ASYA_BATCH_SIZE: '32',
    ASYA_BATCH_WAIT: '5ms',
    ASYA_BATCH_MAX_BYTES: '1MiB',
  });
  assert.deepEqual(config.batch, { size: 32, waitMs: 5, maxBytes: 2 ** 20 });
});

test('a batch size over 1 is an error in protocols without batches', () => {
  assert.deepEqual(problemsOf({ ASYA_BATCH_SIZE: '8', ASYA_RUNTIME_PROTOCOL: 'envelope' }), [
    'ASYA_BATCH_SIZE (8) requires ASYA_RUNTIME_PROTOCOL payload or http: the protocol envelope has no batches',
  ]);
  const end = { ASYA_ACTOR_NAME: 'happy-end', ASYA_RUNTIME_PROTOCOL: 'none' };
  assert.deepEqual(problemsOf({ ...end, ASYA_BATCH_SIZE: '2' }), [
    'ASYA_BATCH_SIZE (2) requires ASYA_RUNTIME_PROTOCOL payload or http: the protocol none has no batches',
  ]);
  for (const protocol of ['payload', 'http']) {
    assert.deepEqual(problemsOf({ ASYA_BATCH_SIZE: '8', ASYA_RUNTIME_PROTOCOL: protocol }), []);
  }
  assert.deepEqual(problemsOf({ ASYA_BATCH_SIZE: '1', ASYA_RUNTIME_PROTOCOL: 'envelope' }), []);
});

test('a batch size that is not a number from 1 to 65535 is an error', () => {
  for (const size of ['0', '65536', '1.5', 'many']) {
    assert.deepEqual(problemsOf({ ASYA_BATCH_SIZE: size }), [
      `ASYA_BATCH_SIZE: must be an integer from 1 to 65535: value was "${size}"`,
    ]);
  }
});

test('a prefetch that batches cannot use, or that never fills one, is reported', () => {
  const batches = { ASYA_CONCURRENCY: '2', ASYA_BATCH_SIZE: '8' };
  assert.deepEqual(warningsOf(batches), []);
  assert.deepEqual(warningsOf({ ...batches, ASYA_PREFETCH: '32' }), []);
  assert.deepEqual(warningsOf({ ...batches, ASYA_PREFETCH: '33' }), [
    'ASYA_PREFETCH (33) is more than twice ASYA_CONCURRENCY (2) times ASYA_BATCH_SIZE (8): waiting deliveries are kept from idle replicas',
  ]);
  assert.deepEqual(warningsOf({ ...batches, ASYA_PREFETCH: '7' }), [
    'ASYA_PREFETCH (7) is below ASYA_BATCH_SIZE (8): no batch is full',
  ]);
});

test('settings of batches are reported when calls are no batches', () => {
  assert.deepEqual(warningsOf({ ASYA_BATCH_WAIT: '1s', ASYA_BATCH_MAX_BYTES: '1MiB' }), [
    'ASYA_BATCH_WAIT and ASYA_BATCH_MAX_BYTES without effect: calls are no batches, because ASYA_BATCH_SIZE is 1',
  ]);
  assert.deepEqual(warningsOf({ ASYA_BATCH_WAIT: '1s', ASYA_BATCH_SIZE: '2' }), []);
});
