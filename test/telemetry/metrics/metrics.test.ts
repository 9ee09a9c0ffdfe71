import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { compose } from '../../../src/compose.ts';
import type { HopProcessor, Settled } from '../../../src/hop/hop.ts';
import { SendError } from '../../../src/transport/transport.ts';
import { MAX_DESTINATIONS } from '../../../telemetry/metrics/seriesSet.ts';
import { countsOf, openMeter } from '../../kit/telemetry/meter.ts';
import { hopOf } from '../../kit/envelopes/hops.ts';
import { startRecordedSdk } from '../../kit/telemetry/recordedSdk.ts';
import { readSeries, scrape, type Series } from '../../kit/telemetry/scrape.ts';
import { until } from '../../kit/processes/until.ts';

const sdk = startRecordedSdk();
after(() => sdk.close());

test('each outcome of a hop is counted once, by its name', async (t) => {
  const { run, valueOf } = await openMeter(t);
  const fault = { code: 'runtime_error', message: 'boom' } as const;
  await run({ name: 'forward', dispatched: 1 });
  await run({ name: 'fanout', dispatched: 3 });
  await run({ name: 'empty', dispatched: 1 });
  await run({ name: 'error_end', dispatched: 1, fault });
  await run({ name: 'retry', dispatched: 0, fault });
  await run({ name: 'retry', dispatched: 0, fault, deferral: true });
  await run({ name: 'retry', dispatched: 0, fault, deferral: true, probe: true });
  await run({ name: 'retry', dispatched: 0, fault, deferral: true, alone: true });
  await run({ name: 'retry_spent', dispatched: 1, fault });
  await run({ name: 'give_back', dispatched: 0, giveBack: 'draining' });
  await run({ name: 'forward', dispatched: 1, reused: true });

  const processed = async (status: string) =>
    valueOf('asya_actor_messages_processed_total', { status });
  assert.equal(await processed('success'), 3);
  assert.equal(await processed('empty_response'), 1);
  assert.equal(await processed('error'), 2);
  assert.equal(await processed('retry'), 4);
  assert.equal(await processed('given_back'), 1);
  assert.equal(await valueOf('asya_actor_messages_received_total'), 11);
  assert.equal(await valueOf('asya_actor_messages_failed_total', { reason: 'runtime_error' }), 2);
  assert.equal(await valueOf('asya_actor_retries_total', { reason: 'runtime_error' }), 1);
  assert.equal(await valueOf('asya_actor_retries_spent_total', { reason: 'runtime_error' }), 1);
  assert.equal(await valueOf('asya_actor_deferrals_total'), 1);
  assert.equal(await valueOf('asya_actor_given_back_total', { reason: 'draining' }), 1);
  assert.equal(await valueOf('asya_actor_replies_reused_total'), 1);
  assert.equal(await valueOf('asya_actor_fanout_width_sum'), 3);
  assert.equal(await valueOf('asya_actor_processing_duration_seconds_count'), 11);
  assert.equal(await valueOf('asya_actor_active_messages'), 0);
});

test('an end measures its journeys', async (t) => {
  const { run, valueOf } = await openMeter(t, { end: 'happy-end' });
  const startedAt = new Date(Date.now() - 90_000).toISOString();
  const headers = { 'x-asya-started-at': startedAt, 'x-asya-hops': 4 };
  await run({ name: 'end', dispatched: 0 }, { envelope: { headers } });
  const end = { end: 'happy-end' };
  assert.equal(await valueOf('asya_actor_journey_hops_sum', end), 4);
  assert.equal(
    await valueOf('asya_actor_journey_duration_seconds_bucket', { ...end, le: '60' }),
    0,
  );
  assert.equal(
    await valueOf('asya_actor_journey_duration_seconds_bucket', { ...end, le: '300' }),
    1,
  );
});

test('the queue wait does not include the delay of a retry', async (t) => {
  const { run, valueOf } = await openMeter(t);
  const settled: Settled = { name: 'forward', dispatched: 1 };
  await run(settled);
  assert.equal(await valueOf('asya_actor_queue_wait_seconds_count'), undefined);
  const headers = { 'asya-published-at': Date.now() - 31_000, 'asya-delay-ms': 30_000 };
  await run(settled, { headers });
  assert.equal(await valueOf('asya_actor_queue_wait_seconds_bucket', { le: '0.5' }), 0);
  assert.equal(await valueOf('asya_actor_queue_wait_seconds_bucket', { le: '5' }), 1);
});

test('a clock that is ahead never makes a wait or a journey negative', async (t) => {
  const { run, valueOf } = await openMeter(t, { end: 'happy-end' });
  sdk.takeSpans();
  const future = Date.now() + 3_600_000;
  const envelope = { headers: { 'x-asya-started-at': new Date(future).toISOString() } };
  for (const headers of [
    { 'asya-published-at': future },
    { 'asya-published-at': Date.now(), 'asya-delay-ms': 60_000 },
  ]) {
    await run({ name: 'end', dispatched: 0 }, { headers, envelope });
  }
  for (const name of ['queue_wait_seconds', 'journey_duration_seconds']) {
    assert.equal(await valueOf(`asya_actor_${name}_count`), 2, name);
    assert.equal(await valueOf(`asya_actor_${name}_sum`), 0, name);
  }
  const durations = sdk.takeSpans().map(({ attributes }) => attributes['asya.journey.duration']);
  assert.deepEqual(durations, [0, 0]);
});

test('only an end measures journeys, and a journey without a start time has no duration', async (t) => {
  const { run, valueOf } = await openMeter(t, { end: 'happy-end' });
  await run(
    { name: 'forward', dispatched: 1 },
    { envelope: { headers: { 'x-asya-started-at': new Date().toISOString() } } },
  );
  assert.equal(await valueOf('asya_actor_journey_hops_count'), undefined);
  await run({ name: 'end', dispatched: 0 });
  assert.equal(await valueOf('asya_actor_journey_hops_count'), 1);
  assert.equal(await valueOf('asya_actor_journey_duration_seconds_count'), undefined);
});

test('destinations after the first hundred share the value "other"', async (t) => {
  const { publish, read, url } = await openMeter(t);
  for (let index = 0; index < 10_000; index++) {
    await publish(`made-up-${index}`, 'next', async () => {});
  }
  const sent = (await read()).filter(
    ({ name, labels }) =>
      name === 'asya_actor_messages_sent_total' && labels['message_type'] === 'routing',
  );
  const known = 3;
  assert.equal(sent.length, MAX_DESTINATIONS - known + 1);
  const other = sent.find(({ labels }) => labels['destination_queue'] === 'other');
  assert.equal(other?.value, 10_000 - (MAX_DESTINATIONS - known));
  const groups = Map.groupBy(
    readSeries(await scrape(url)),
    ({ name, labels }) => `${name} ${labels['actor']} ${labels['le']} ${labels['error_type']}`,
  );
  for (const [group, series] of groups) {
    const key = ({ labels }: Series): string =>
      String(labels['destination_queue'] ?? labels['messaging_destination_name']);
    assert.ok(new Set(series.map(key)).size <= MAX_DESTINATIONS + 1, group);
  }
});

test('a failed publish counts as an attempt and not as sent', async (t) => {
  const { publish, valueOf, url, actor } = await openMeter(t);
  const failing = publish(`${actor}:parked`, 'parked', () =>
    Promise.reject(new SendError('unroutable', 'no queue')),
  );
  await assert.rejects(failing, SendError);
  assert.equal(await valueOf('asya_actor_queue_send_duration_seconds_count'), undefined);
  const attempts = readSeries(await scrape(url)).find(
    ({ name, labels }) =>
      name === 'messaging_client_sent_messages_total' &&
      labels['messaging_destination_name'] === actor,
  );
  assert.equal(attempts?.labels['error_type'], 'unroutable');
});

test('the wait for the rate limit is a metric and an attribute of the span of its hop', async (t) => {
  const { telemetry, actor, valueOf, health } = await openMeter(t);
  sdk.takeSpans();
  const process = compose<HopProcessor>([telemetry.traceHops()], async ({ attempt }) => {
    telemetry.onRateLimitWait(attempt === 1 ? 0 : 2_500);
    return { name: 'forward', dispatched: 1 };
  });
  for (const attempt of [1, 2])
    await process(hopOf({ actor, headers: { 'asya-attempt': attempt } }));
  assert.equal(await valueOf('asya_actor_rate_limit_wait_seconds_count'), 2);
  assert.equal(await valueOf('asya_actor_rate_limit_wait_seconds_sum'), 2.5);
  assert.deepEqual(
    sdk.takeSpans().map(({ attributes }) => attributes['asya.rate_limit.wait']),
    [undefined, 2.5],
  );
  health.rateLimited = 3;
  assert.equal(await valueOf('asya_actor_rate_limited'), 3);
});

test('gauges report the current state', async (t) => {
  const { actor, health, valueOf, telemetry } = await openMeter(t);
  assert.equal(await valueOf('asya_actor_ready'), 0);
  health.transport = { connected: true, blocked: false, missing: [] };
  health.runtime = { ready: true };
  assert.equal(await valueOf('asya_actor_ready'), 1);
  health.paused.add('suspect');
  assert.equal(await valueOf('asya_actor_paused', { reason: 'suspect' }), 1);
  assert.equal(await valueOf('asya_actor_paused', { reason: 'breaker' }), 0);
  assert.equal(await valueOf('asya_actor_paused', { reason: 'rate_limit' }), 0);
  assert.equal(await valueOf('asya_actor_concurrency_limit'), 4);
  assert.equal(await valueOf('asya_actor_build_info', { version: '1.2.3' }), 1);
  assert.equal(await valueOf('asya_actor_queue_depth'), undefined);
  assert.equal(await valueOf('asya_actor_retry_depth'), undefined);
  telemetry.monitorQueues(countsOf({ ready: 12, errorEnd: 2_504, parked: 3, delayed: 0 }));
  await until(
    async () => (await valueOf('asya_actor_queue_depth')) === 12,
    'the depth of the queue',
  );
  const errorEnd = { queue: 'error-end' };
  assert.equal(await valueOf('asya_actor_error_end_depth', errorEnd), 2_504);
  assert.equal(await valueOf('asya_actor_parked_depth', errorEnd), 3);
  assert.equal(await valueOf('asya_actor_retry_depth', { queue: actor }), 0);
});

test('an unknown depth has no series', async (t) => {
  const { valueOf, telemetry } = await openMeter(t);
  telemetry.monitorQueues(countsOf({ errorEnd: undefined, parked: 4 }));
  await until(async () => (await valueOf('asya_actor_parked_depth')) === 4, 'the parked messages');
  for (const name of ['queue_depth', 'error_end_depth', 'retry_depth'])
    assert.equal(await valueOf(`asya_actor_${name}`), undefined, name);
});

test('the process reports its memory, its CPU time and its start by the names of Prometheus', async (t) => {
  const { valueOf } = await openMeter(t);
  const memoryBytes = (await valueOf('process_resident_memory_bytes')) ?? 0;
  assert.ok(Math.abs(memoryBytes / process.memoryUsage.rss() - 1) < 0.5, `${memoryBytes}`);
  const startedAtMs = ((await valueOf('process_start_time_seconds')) ?? 0) * 1000;
  assert.ok(Math.abs(Date.now() - process.uptime() * 1000 - startedAtMs) < 2_000);
  const before = process.cpuUsage();
  const seconds = (await valueOf('process_cpu_seconds_total')) ?? 0;
  assert.ok(seconds >= (before.user + before.system) / 1e6);
});
