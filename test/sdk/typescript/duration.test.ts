import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from '../../../sdk/typescript/src/duration.ts';

test('durations are those of the sidecar', () => {
  const durations = { '0': 0, '30s': 30_000, '1m30s': 90_000, '1.5h': 5_400_000, '.5s': 500 };
  for (const [text, ms] of Object.entries(durations)) assert.equal(parseDuration(text), ms, text);
  for (const text of ['', '30', 's', '1m30', '30 s', '-1s', '1d', '.s'])
    assert.equal(parseDuration(text), undefined, text);
});
