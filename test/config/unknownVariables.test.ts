import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SCHEMA } from '../../src/config/schema.ts';
import { describeUnknownVariables } from '../../src/config/unknownVariables.ts';

const MISTAKES: readonly [string, string][] = [
  ['ASYA_CONCURENCY', 'ASYA_CONCURRENCY'],
  ['ASAY_CONCURRENCY', 'ASYA_CONCURRENCY'],
  ['asya_concurrency', 'ASYA_CONCURRENCY'],
  ['ASYA_ACTOR_NAMES', 'ASYA_ACTOR_NAME'],
  ['ASYA_PREFECH', 'ASYA_PREFETCH'],
  ['ASYA_RABBITMQ_HOSTNAME', 'ASYA_RABBITMQ_HOST'],
  ['ASYA_RABBITMQ_QUEUE', 'ASYA_RABBITMQ_URL'],
  ['ASYA_RUNTIME_MAX_REPLY_SIZE', 'ASYA_RUNTIME_MAX_REPLY_BYTES'],
  ['ASYA_SQLITE_FILE', 'ASYA_SQLITE_PATH'],
  ['OTEL_EXPORTER_OTLP_ENDPONT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ['OTLE_SERVICE_NAME', 'OTEL_SERVICE_NAME'],
];

for (const [name, nearest] of MISTAKES) {
  test(`${name} is reported with the nearest name`, () => {
    assert.deepEqual(describeUnknownVariables({ [name]: 'x' }), [
      `${name}: unknown; did you mean ${nearest}?`,
    ]);
  });
}

test('an unrelated name and an empty variable cause no warning', () => {
  const others = {
    PATH: '/bin',
    ASYA_SOMETHING: 'x',
    OTEL_PYTHON_LOG_CORRELATION: 'true',
    constructor: 'x',
  };
  assert.deepEqual(describeUnknownVariables({ ...others, ASYA_CONCURENCY: '' }), []);
});

test('variables that Kubernetes sets for services cause no warning', () => {
  const links = {
    ASYA_RABBITMQ_SERVICE_HOST: '10.0.0.1',
    ASYA_RABBITMQ_SERVICE_PORT: '5672',
    ASYA_RABBITMQ_SERVICE_PORT_AMQP: '5672',
    ASYA_RABBITMQ_PORT_5672_TCP: 'tcp://10.0.0.1:5672',
    ASYA_RABBITMQ_PORT_5672_TCP_PROTO: 'tcp',
    ASYA_RABBITMQ_PORT_5672_TCP_PORT: '5672',
    ASYA_RABBITMQ_PORT_5672_TCP_ADDR: '10.0.0.1',
    ASYA_RUNTIME_PORT: 'tcp://10.0.0.2:80',
  };
  assert.deepEqual(describeUnknownVariables(links), []);
  assert.deepEqual(describeUnknownVariables({ ASYA_RUNTIME_PORT: '80' }).length, 1);
});

test('every variable of a sidecar in the code and on the pages is known', () => {
  const files = globSync(['src/**/*.ts', 'telemetry/**/*.ts', 'docs/*.md', 'README.md']);
  const names = files.flatMap(
    (file) => readFileSync(file, 'utf8').match(/\b(ASYA|OTEL)_[A-Z_]*[A-Z]\b(?!_)/g) ?? [],
  );
  assert.ok(names.length > 100);
  const variables = Object.fromEntries(
    [...names, ...Object.keys(SCHEMA)].map((name) => [name, 'x']),
  );
  for (const name of collectorVariables()) delete variables[name];
  assert.deepEqual(describeUnknownVariables(variables), []);
});

/** The variables of the collector, which are not set for a sidecar. */
function collectorVariables(): readonly string[] {
  const text = readFileSync('dashboards/provisioning/collector.yaml', 'utf8');
  return [...text.matchAll(/\$\{env:(ASYA_[A-Z_]+)/g)].map(([, name = '']) => name);
}
