import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import type { FaultCode } from '../../../src/faults.ts';
import type { Call, CallReply, Reply } from '../../../src/runtime/runtime.ts';
import { callOf } from '../../kit/runtimes/request.ts';
import { until } from '../../kit/processes/until.ts';
import { createBatchedHops } from '../../kit/telemetry/batchedHops.ts';
import { openMeter } from '../../kit/telemetry/meter.ts';
import { startRecordedSdk } from '../../kit/telemetry/recordedSdk.ts';

const sdk = startRecordedSdk();
after(() => sdk.close());

async function setup(t: TestContext, answer: (call: Call) => CallReply | Promise<CallReply>) {
  const meter = await openMeter(t);
  const hops = createBatchedHops(t, meter, answer);
  const read = (name: string, labels = {}) => meter.valueOf(`asya_actor_${name}`, labels);
  return { ...hops, read };
}

const ENVELOPES = [{ id: 'env-1' }, { id: 'env-2' }, { id: 'env-3' }];
const ANSWER: Reply = { kind: 'answered', items: [], sizeBytes: 2 };

function failed(code: FaultCode): Extract<Reply, { kind: 'failed' }> {
  return { kind: 'failed', fault: { code, message: code }, retryable: false };
}

function answered(...replies: readonly Reply[]): CallReply {
  return { kind: 'answered', replies, sizeBytes: 2 };
}

test('a batch is one call of several envelopes', async (t) => {
  const { run, read } = await setup(t, () => answered(ANSWER, ANSWER, ANSWER));
  await run(ENVELOPES);
  assert.equal(await read('batch_size_count'), 1);
  assert.equal(await read('batch_size_sum'), 3);
  assert.equal(await read('batch_wait_seconds_count'), 3);
  assert.equal(await read('runtime_execution_duration_seconds_count'), 1);
});

test('the time in the runtime counts once for each envelope of a call', async (t) => {
  const { run, read } = await setup(t, () => answered(ANSWER, ANSWER, ANSWER));
  await run(ENVELOPES);
  const [ofCall = 0, ofHops = 0] = await Promise.all([
    read('runtime_execution_duration_seconds_sum'),
    read('runtime_hop_seconds_total'),
  ]);
  assert.ok(ofCall > 0);
  assert.ok(ofHops >= 3 * ofCall, `${ofHops} is less than three times ${ofCall}`);
});

test('each failed envelope of an answered batch is an error', async (t) => {
  const refused = failed('runtime_error');
  const { run, read } = await setup(t, () => answered(refused, ANSWER, refused));
  await run(ENVELOPES);
  assert.equal(await read('runtime_errors_total', { error_type: 'runtime_error' }), 2);
  assert.equal(await read('batch_failures_total', { error_type: 'runtime_error' }), 0);
});

test('a batch that fails as a whole is one error, and its calls alone are calls', async (t) => {
  const { run, read } = await setup(t, ({ requests: [{ envelope }, ...others] }) => {
    if (others.length > 0) return failed('runtime_crashed');
    return envelope.id === 'env-2' ? failed('runtime_crashed') : answered(ANSWER);
  });
  const replies = await run(ENVELOPES);
  assert.deepEqual(
    replies.map(({ kind }) => kind),
    ['answered', 'failed', 'answered'],
  );
  assert.equal(await read('batch_failures_total', { error_type: 'runtime_crashed' }), 1);
  assert.equal(await read('runtime_errors_total', { error_type: 'runtime_crashed' }), 2);
  assert.equal(await read('runtime_execution_duration_seconds_count'), 4);
  assert.equal(await read('batch_size_count'), 4);
  assert.equal(await read('batch_size_sum'), 6);
  // A call alone has no batch to wait for.
  assert.equal(await read('batch_wait_seconds_count'), 3);
});

test('each envelope that leaves a batch at its deadline is an error', async (t) => {
  const { promise, resolve } = Promise.withResolvers<CallReply>();
  const { run, read } = await setup(t, () => promise);
  const headers = { 'x-asya-deadline': new Date(Date.now() + 300).toISOString() };
  const replies = run([{ id: 'env-1', headers }, { id: 'env-2' }, { id: 'env-3', headers }]);
  const overdue = (): Promise<number | undefined> =>
    read('runtime_errors_total', { error_type: 'deadline_exceeded' });
  await until(async () => (await overdue()) === 2, 'both deadlines');
  resolve(answered(failed('runtime_error'), ANSWER, ANSWER));
  assert.deepEqual(
    (await replies).map(({ kind }) => kind),
    ['failed', 'answered', 'failed'],
  );
  assert.equal(await read('batch_failures_total', { error_type: 'deadline_exceeded' }), 0);
  assert.equal(await read('batch_size_sum'), 3);
  // The reply of an envelope that has left is dropped.
  assert.equal(await read('runtime_errors_total', { error_type: 'runtime_error' }), 0);
});

test('the deadline of a whole call is that of each of its envelopes', async (t) => {
  const { run, read } = await setup(t, () => failed('deadline_exceeded'));
  await run(ENVELOPES);
  assert.equal(await read('runtime_errors_total', { error_type: 'deadline_exceeded' }), 3);
  assert.equal(await read('batch_failures_total', { error_type: 'deadline_exceeded' }), 0);
});

test('a call without a batch has neither a size nor a wait', async (t) => {
  const { valueOf, telemetry } = await openMeter(t);
  const { measureCalls = assert.fail('no metrics') } = telemetry;
  const client = measureCalls({ send: async () => answered(ANSWER), close: async () => {} });
  await client.send(callOf());
  assert.equal(await valueOf('asya_actor_runtime_execution_duration_seconds_count'), 1);
  assert.equal(await valueOf('asya_actor_batch_size_count'), undefined);
  assert.equal(await valueOf('asya_actor_batch_wait_seconds_count'), undefined);
});
