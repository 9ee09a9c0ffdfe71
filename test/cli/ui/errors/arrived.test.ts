import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Arrived, ErrorGroups } from '../../../../src/cli/ui/errors/contract.ts';
import type { CountedDepth } from '../../../../src/cli/ui/errors/errorSource.ts';
import { MINUTE } from '../../../../src/units.ts';
import { errorEnvelope, envelopeWith } from '../../../kit/envelopes/failures.ts';
import { serveMemoryErrors } from '../../../kit/ui/errorsRig.ts';

test('a look knows how many messages have arrived since, from a later count only', async (t) => {
  let counted: CountedDepth | undefined;
  const { client, put } = await serveMemoryErrors(t, {
    depthOf: (queue) => (queue === 'error-end' ? counted : undefined),
  });
  for (const id of ['order-1', 'order-2'])
    await put('error-end', errorEnvelope(envelopeWith({ id }), {}));
  const { id } = await client.look();
  const arrived = (): Promise<Arrived> => client.get<Arrived>(`looks/${id}/arrived`);
  assert.deepEqual(await arrived(), {});
  counted = { depth: 14, atMs: Date.now() - MINUTE };
  assert.deepEqual(await arrived(), {}, 'the count is older than the look');
  counted = { depth: 14, atMs: Date.now() + MINUTE };
  assert.deepEqual(await arrived(), { count: 12 });
  counted = { depth: 1, atMs: Date.now() + MINUTE };
  assert.deepEqual(await arrived(), { count: 0 });
  const { count } = await client.get<ErrorGroups>(`looks/${id}/groups`);
  assert.equal(count, 2);
});
