import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { CallReply, Reply } from '../../../src/runtime/runtime.ts';
import { createBatchedHops } from '../../kit/telemetry/batchedHops.ts';
import { openMeter } from '../../kit/telemetry/meter.ts';
import { startRecordedSdk } from '../../kit/telemetry/recordedSdk.ts';

const sdk = startRecordedSdk();
after(() => sdk.close());

const ANSWER: Reply = { kind: 'answered', items: [], sizeBytes: 2 };

test('the span of a call over TCP has the host and the port of the URL', async (t) => {
  const { telemetry } = await openMeter(t, {
    actor: 'infer',
    runtimeProtocol: 'http',
    runtimeAddress: { transport: 'tcp', host: 'model.example', port: 8000, tlsName: undefined },
  });
  sdk.takeSpans();
  const answer = (): CallReply => ({ kind: 'answered', replies: [ANSWER], sizeBytes: 2 });
  const hops = createBatchedHops(t, { actor: 'infer', telemetry }, answer);
  await hops.run([{ id: 'env-1' }]);
  const call = sdk.takeSpans().find(({ name }) => name === 'call infer');
  const { attributes = {} } = call ?? {};
  assert.deepEqual(
    ['network.transport', 'server.address', 'server.port'].map((name) => attributes[name]),
    ['tcp', 'model.example', 8000],
  );
});
