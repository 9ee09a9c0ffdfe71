import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sources } from '../../../../src/cli/ui/server/contract.ts';
import { missingSources } from '../../../../ui/pipeline/state/missingSources.ts';

const SOURCES: Sources = {
  broker: { address: 'amqp://broker:5672', isConnected: true },
  sidecars: [{ address: 'a:8080' }],
  traces: [],
};

test('a view with all its sources names none', () => {
  assert.deepEqual(missingSources({ sources: SOURCES }), []);
});

test('without sidecars, the view names the option', () => {
  const [text, ...others] = missingSources({ sources: { ...SOURCES, sidecars: [] } });
  assert.match(text ?? '', /--sidecars ADDRESS/);
  assert.deepEqual(others, []);
});

test('without its broker, the view names the broker and the reason', () => {
  const broker = { address: 'amqp://broker:5672', isConnected: false, problem: 'ECONNREFUSED' };
  const [text] = missingSources({ sources: { ...SOURCES, broker } });
  assert.match(text ?? '', /amqp:\/\/broker:5672 is not connected: ECONNREFUSED$/);
});
