import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig, type Environment } from '../../src/config/config.ts';
import { SCHEMA } from '../../src/config/schema.ts';
import { describeValues, describeVariables } from '../../src/config/table.ts';

const REQUIRED = { ASYA_ACTOR_NAME: 'infer' };

function linesOf(environment: Environment): readonly string[] {
  return describeValues(readConfig({ ...REQUIRED, ...environment }).values);
}

test('effective values are printed in the format of the environment, derived values included', () => {
  const lines = linesOf({
    ASYA_CONCURRENCY: '4',
    ASYA_RUNTIME_TIMEOUT: '90s',
    ASYA_RETRY_ERRORS: 'A, B',
  });
  for (const line of [
    'ASYA_ACTOR_NAME=infer',
    'ASYA_IS_END_ACTOR=false',
    'ASYA_PREFETCH=4',
    'ASYA_RUNTIME_TIMEOUT=1m30s',
    'ASYA_RETRY_BACKOFF=1s,5s,30s,2m',
    'ASYA_RETRY_ERRORS=A,B',
    'ASYA_RUNTIME_MAX_REPLY_BYTES=64MiB',
    'ASYA_METRICS_ADDR=:8080',
  ]) {
    assert.ok(lines.includes(line), line);
  }
});

test('printed values are read again with the same meaning', () => {
  const lines = linesOf({
    ASYA_METRICS_ADDR: '[::1]:0',
    ASYA_MAX_MESSAGE_BYTES: '2000000',
    ASYA_BREAKER_ERROR_RATE: '0.5',
    ASYA_RATE_LIMIT: '100/90s',
  });
  assert.ok(lines.includes('ASYA_RATE_LIMIT=100/1m30s'));
  const again = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
  assert.deepEqual(linesOf(again), lines);
});

test('a secret is never printed', () => {
  const secret = 'hunter2';
  for (const environment of [
    { ASYA_RABBITMQ_PASSWORD: secret },
    { ASYA_RABBITMQ_URL: `amqp://user:${secret}@a,amqp://user:${secret}@b` },
  ]) {
    const lines = linesOf(environment);
    assert.ok(!lines.join('\n').includes(secret));
    assert.ok(lines.join('\n').includes('***'));
  }
});

test('unused variables are omitted', () => {
  const withUrl = linesOf({ ASYA_RABBITMQ_URL: 'amqp://a' }).join('\n');
  assert.ok(!withUrl.includes('ASYA_RABBITMQ_HOST'));
  assert.ok(!withUrl.includes('ASYA_BREAKER_'), 'the circuit breaker is off');
  const withSqlite = linesOf({ ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: 'q.db' }).join('\n');
  assert.ok(!withSqlite.includes('ASYA_RABBITMQ'));
  assert.ok(withSqlite.includes('ASYA_SQLITE_PATH=q.db'));
});

test('every variable is documented with its default or a description of it', () => {
  const rows = describeVariables().flatMap((section) => section.rows);
  assert.deepEqual(
    rows.map(({ name }) => name),
    Object.keys(SCHEMA),
  );
  const defaultOf = (name: string): string | undefined =>
    rows.find((row) => row.name === name)?.defaultText;
  assert.equal(defaultOf('ASYA_ACTOR_NAME'), 'required');
  assert.equal(defaultOf('ASYA_RUNTIME_TIMEOUT'), '5m');
  assert.equal(defaultOf('ASYA_RABBITMQ_URL'), '-');
  assert.equal(defaultOf('ASYA_PREFETCH'), 'ASYA_CONCURRENCY × ASYA_BATCH_SIZE');
});
