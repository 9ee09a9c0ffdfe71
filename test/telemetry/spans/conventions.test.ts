import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { ATTR, EXCEPTION_EVENT } from '../../../telemetry/attributes.ts';
import { CATALOGUE } from '../../../telemetry/metrics/instruments.ts';
import type { Definition } from '../../../telemetry/metrics/definition.ts';

/** The names of the semantic conventions, as OpenTelemetry publishes them. */

const known = (prefix: string): Set<unknown> =>
  new Set(
    Object.entries(conventions).flatMap(([key, value]) => (key.startsWith(prefix) ? [value] : [])),
  );

const attributes = known('ATTR_');
const metrics = known('METRIC_');

test('every attribute without the prefix "asya." is defined by the conventions', () => {
  for (const name of Object.values(ATTR)) assert.ok(attributes.has(name), name);
});

test('the conventions define every metric marked as theirs, and its labels', () => {
  const definitions = Object.values<Definition>(CATALOGUE).filter(
    ({ definedBy }) => definedBy === 'opentelemetry',
  );
  for (const { name, labels } of definitions) {
    assert.ok(metrics.has(name), name);
    for (const label of Object.keys(labels)) assert.ok(attributes.has(label), `${name} ${label}`);
  }
});

test('the conventions define the event of an exception', () => {
  assert.ok(known('EVENT_').has(EXCEPTION_EVENT));
});

test('the conventions define the types of operations', () => {
  const types = known('MESSAGING_OPERATION_TYPE_VALUE_');
  for (const type of ['send', 'process']) assert.ok(types.has(type), type);
  assert.ok(known('MESSAGING_SYSTEM_VALUE_').has('rabbitmq'));
  assert.ok(known('NETWORK_TRANSPORT_VALUE_').has('unix'));
});

/** The metrics of Asya's first sidecar, which its dashboards and alerts query. */
const OF_ASYA: Readonly<Record<string, readonly string[]>> = {
  messages_received_total: ['queue', 'transport'],
  messages_processed_total: ['queue', 'status'],
  messages_sent_total: ['destination_queue', 'message_type'],
  messages_failed_total: ['queue', 'reason'],
  active_messages: [],
  processing_duration_seconds: ['queue'],
  runtime_execution_duration_seconds: ['queue'],
  queue_receive_duration_seconds: ['queue', 'transport'],
  queue_send_duration_seconds: ['destination_queue', 'transport'],
  envelope_size_bytes: ['direction'],
  runtime_errors_total: ['queue', 'error_type'],
};

test("Asya's metrics keep their names and labels", () => {
  const definitions = Object.values<Definition>(CATALOGUE).filter(
    ({ definedBy }) => definedBy === 'sidecar',
  );
  for (const [name, labels] of Object.entries(OF_ASYA)) {
    const definition = definitions.find((one) => one.name === name);
    assert.deepEqual(Object.keys(definition?.labels ?? { missing: name }), labels, name);
  }
});
