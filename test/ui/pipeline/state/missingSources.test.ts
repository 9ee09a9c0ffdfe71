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
  assert.deepEqual(missingSources({ sources: SOURCES }, 0), []);
});

test('without sidecars, the view names the option', () => {
  const [text, ...others] = missingSources({ sources: { ...SOURCES, sidecars: [] } }, 0);
  assert.match(text ?? '', /--sidecars ADDRESS/);
  assert.deepEqual(others, []);
});

test('without its broker, the view names what is unknown, and how many actors wait', () => {
  const broker = { address: 'amqp://broker:5672', isConnected: false, problem: 'ECONNREFUSED' };
  const [text] = missingSources({ sources: { ...SOURCES, broker } }, 21);
  assert.equal(
    text,
    'While the broker is away, 21 actors are not ready, numbers of waiting messages are unknown, and rates and times are averages over the last minute.',
  );
});
