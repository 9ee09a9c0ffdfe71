import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { logErrorEnvelopes } from '../../../src/sidecar/layers/logErrorEnvelopes.ts';
import { hopOf } from '../../kit/envelopes/hops.ts';

test('an error envelope is logged as a warning; no other payload is', async () => {
  const lines: string[] = [];
  const serializers = { err: (err: unknown) => err };
  const log = pino(
    { base: { actor: 'error-end' }, serializers },
    { write: (line: string) => void lines.push(line) },
  );
  const decide = logErrorEnvelopes(log)(async () => ({
    kind: 'complete',
    name: 'end',
    dispatches: [],
  }));
  const receive = (payload: unknown): Promise<unknown> => decide(hopOf({ envelope: { payload } }));
  const details = {
    code: 'runtime_error',
    message: 'no text',
    type: 'ValueError',
    actor: 'infer',
    attempt: 3,
    failed_at: '2026-11-29T15:00:00.000Z',
  };
  for (const payload of [1, { error: 'disk full' }, { error: 'x', details: { hint: 1 } }])
    await receive(payload);
  assert.deepEqual(lines, []);
  await receive({ error: 'ValueError: no text', details, original_payload: { n: 1 } });
  const { time: _, ...line } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  assert.deepEqual(line, {
    level: 40,
    actor: 'error-end',
    code: 'runtime_error',
    err: { type: 'ValueError', message: 'no text' },
    failed_actor: 'infer',
    attempt: 3,
    failed_at: '2026-11-29T15:00:00.000Z',
    msg: 'error envelope received',
  });
});
