import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Reply } from '../../../src/runtime/runtime.ts';
import { createBatchedHops } from '../../kit/telemetry/batchedHops.ts';
import { openMeter } from '../../kit/telemetry/meter.ts';
import { startRecordedSdk } from '../../kit/telemetry/recordedSdk.ts';

/** Its sampler samples every new trace. */
const sdk = startRecordedSdk();
after(() => sdk.close());

const ANSWER: Reply = { kind: 'answered', items: [], sizeBytes: 2 };

test('a batch of unrecorded hops has no span, and the runtime receives an unsampled context', async (t) => {
  const actor = 'infer';
  const { telemetry } = await openMeter(t, { actor });
  const hops = createBatchedHops(t, { actor, telemetry }, ({ requests }) => ({
    kind: 'answered',
    replies: requests.map(() => ANSWER),
    sizeBytes: 20,
  }));
  const traceparent = `00-${'1'.repeat(32)}-${'1'.repeat(16)}-00`;
  await hops.run([
    { id: 'env-1', headers: { traceparent } },
    { id: 'env-2', headers: { traceparent } },
  ]);
  assert.deepEqual(sdk.takeSpans(), []);
  assert.match(hops.calls[0]?.context['traceparent'] ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});
