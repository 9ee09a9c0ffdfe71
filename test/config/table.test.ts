import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig, type Environment } from '../../src/config/config.ts';
import { SCHEMA } from '../../src/config/schema.ts';
import { describeValues, describeVariables } from '../../src/config/table.ts';

const REQUIRED = { ASYA_ACTOR_NAME: 'infer' };

function linesOf(environment: Environment): readonly string[] {
  return describeValues(readConfig({ ...REQUIRED, ...environment }).values);
}

test('values are told as they would be written, derived ones too', () => {
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

test('values that are told can be read again, and mean the same', () => {
  const lines = linesOf({ ASYA_METRICS_ADDR: '[::1]:0', ASYA_MAX_MESSAGE_BYTES: '2000000' });
  const again = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
  assert.deepEqual(linesOf(again), lines);
});

test('a secret is never told', () => {
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

test('what has no use is left out', () => {
  const withUrl = linesOf({ ASYA_RABBITMQ_URL: 'amqp://a' }).join('\n');
  assert.ok(!withUrl.includes('ASYA_RABBITMQ_HOST'));
  const withSqlite = linesOf({ ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: 'q.db' }).join('\n');
  assert.ok(!withSqlite.includes('ASYA_RABBITMQ'));
  assert.ok(withSqlite.includes('ASYA_SQLITE_PATH=q.db'));
});

test('every variable is described with a default, or what stands for it', () => {
  const rows = describeVariables().flatMap((section) => section.rows);
  assert.deepEqual(
    rows.map(({ name }) => name),
    Object.keys(SCHEMA),
  );
  const standardOf = (name: string): string | undefined =>
    rows.find((row) => row.name === name)?.defaultText;
  assert.equal(standardOf('ASYA_ACTOR_NAME'), 'required');
  assert.equal(standardOf('ASYA_RUNTIME_TIMEOUT'), '5m');
  assert.equal(standardOf('ASYA_RABBITMQ_URL'), '-');
  assert.equal(standardOf('ASYA_PREFETCH'), 'ASYA_CONCURRENCY');
});
