import assert from 'node:assert/strict';
import { test } from 'node:test';
import { envelopeWith, errorEnvelope } from '../../../kit/envelopes/failures.ts';
import { until } from '../../../kit/processes/until.ts';
import { serveMemoryErrors } from '../../../kit/ui/errorsRig.ts';

test('the failures of a journey are found by a look, the oldest first', async (t) => {
  const { errors, put } = await serveMemoryErrors(t);
  const headers = { 'x-asya-journey-id': 'order-7' };
  const failed = (id: string, fault: object): Promise<void> =>
    put('error-end', errorEnvelope(envelopeWith({ id, headers }), fault));
  await failed('order-7.1.1', { failedAt: '2026-11-29T16:00:00.000Z', type: 'ValueError' });
  await failed('order-7.1.0', { failedAt: '2026-11-29T15:00:00.000Z' });
  await put('error-end', errorEnvelope(envelopeWith({ id: 'other' })));
  const found = await errors.failuresOf('order-7', new AbortController().signal);
  assert.deepEqual(
    found.map(({ failure }) => failure.id),
    ['order-7.1.0', 'order-7.1.1'],
  );
  assert.deepEqual(found[1], {
    failure: {
      id: 'order-7.1.1',
      actor: 'infer',
      code: 'runtime_error',
      type: 'ValueError',
      text: 'ValueError: on purpose',
      attempt: 5,
      failedAt: '2026-11-29T16:00:00.000Z',
    },
    journey: 'order-7',
    route: { actors: ['prep', 'infer', 'post'], current: 1 },
  });
});

test('the newest look names the actors of failures, and the steps of their routes', async (t) => {
  const { errors, client, put } = await serveMemoryErrors(t);
  assert.deepEqual(errors.named(), { actors: [], edges: [] });
  await put('error-end', errorEnvelope(envelopeWith(), { actor: 'infer' }));
  await client.look();
  assert.deepEqual(errors.named(), {
    actors: ['infer', 'prep', 'post'],
    edges: [
      { from: 'prep', to: 'infer' },
      { from: 'infer', to: 'post' },
    ],
  });
});

test('a server without other sources takes a look for the names of the actors', async (t) => {
  const { errors, put } = await serveMemoryErrors(t);
  await put('error-end', errorEnvelope(envelopeWith()));
  errors.start();
  await until(() => errors.named().actors.length === 3, 'the names');
  errors.stop();
});
