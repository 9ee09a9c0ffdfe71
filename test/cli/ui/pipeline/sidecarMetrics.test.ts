import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { readSidecarMetrics } from '../../../../src/cli/ui/pipeline/sidecarMetrics.ts';
import { until } from '../../../kit/processes/until.ts';
import { countsOf, openMeter } from '../../../kit/telemetry/meter.ts';
import { startRecordedSdk } from '../../../kit/telemetry/recordedSdk.ts';
import { scrape } from '../../../kit/telemetry/scrape.ts';

const sdk = startRecordedSdk();
after(() => sdk.close());

const FORMATS = ['text/plain', 'application/openmetrics-text'];

for (const format of FORMATS) {
  test(`the counters of a sidecar are read from ${format}`, async (t) => {
    const { actor, url, run, publish, telemetry, valueOf } = await openMeter(t, {
      namespace: 'other_name',
    });
    telemetry.monitorQueues(countsOf({ ready: 1, delayed: 7 }));
    const fault = { code: 'runtime_error', message: 'boom' } as const;
    await run({ name: 'forward', dispatched: 1 });
    await run({ name: 'end', dispatched: 0 });
    await run({ name: 'retry', dispatched: 1, fault });
    await run({ name: 'error_end', dispatched: 1, fault });
    await run({ name: 'give_back', dispatched: 0, giveBack: 'draining' });
    for (const kind of ['next', 'retry', 'error_end', 'parked'] as const)
      await publish(kind, kind, async () => {});
    await publish('next', 'fanout', async () => {});
    await until(async () => (await valueOf('other_name_retry_depth')) === 7, 'the depth');
    const metrics = readSidecarMetrics(await scrape(url, format));
    const { counts } = metrics ?? assert.fail('no metrics');
    assert.deepEqual([metrics?.actor, metrics?.retryDepth], [actor, 7]);
    assert.deepEqual([counts.hops, counts.errors, counts.retries], [3, 1, 1]);
    assert.deepEqual(
      counts.sent,
      new Map([
        ['next', 2],
        ['error_end', 1],
        ['happy-end', 0],
        ['error-end', 0],
      ]),
    );
    assert.equal(metrics?.processStart, performance.timeOrigin / 1_000);
  });
}

test('the text of another program is not that of a sidecar', () => {
  const texts = [
    '',
    'up 1',
    'process_start_time_seconds 1',
    'asya_actor_messages_processed_total{queue="infer",status="success"} 3',
  ];
  for (const text of texts) assert.equal(readSidecarMetrics(text), undefined, text);
});

test('the samples of another actor, and negative ones, are ignored', () => {
  const metrics = readSidecarMetrics(
    [
      'asya_actor_retries_total{actor="infer",reason="a"} 2',
      'asya_actor_retries_total{actor="post",reason="a"} 5',
      'asya_actor_retries_total{actor="infer",reason="b"} 3',
      'asya_actor_retries_total{actor="infer",reason="c"} -3',
      'asya_actor_queue_wait_seconds_bucket{actor="infer",le="x"} 3',
    ].join('\n'),
  );
  assert.deepEqual([metrics?.actor, metrics?.counts.retries], ['infer', 5]);
  assert.equal(metrics?.counts.queueWait.size, 0);
});
