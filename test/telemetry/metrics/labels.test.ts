import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { toPrometheusLabels } from '../../../telemetry/metrics/labels.ts';

test('values of attributes with one label name are joined by ";" in the order of their names', () => {
  assert.deepEqual(toPrometheusLabels({ team_name: 'b', 'team.name': 'a', 'team..name': 7 }), {
    team_name: '7;a;b',
  });
  assert.deepEqual(toPrometheusLabels({ '1st': 'a', '.1st': 'b', _1st: 'c' }), { _1st: 'b;a;c' });
  assert.deepEqual(toPrometheusLabels({ a: 1, b: true }), { a: 1, b: true });
});

test('every label has a valid name', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (attributes) => {
      for (const name of Object.keys(toPrometheusLabels(attributes)))
        assert.match(name, /^[A-Za-z_][A-Za-z0-9_]*$/);
    }),
  );
});
