import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { createHealth } from '../../src/health.ts';
import { compose, type Settled, type Work } from '../../src/hop.ts';
import { SendError, type Message, type Transport } from '../../src/transport/transport.ts';
import { CATALOGUE, type Definition } from '../../telemetry/instruments.ts';
import { createTelemetry, type TelemetryOptions } from '../../telemetry/layers.ts';
import { MAX_DESTINATIONS } from '../../telemetry/recorder.ts';
import { hopOf, type Given } from '../helpers/hops.ts';
import { checkMetrics, findPrometheus, NO_PROMETHEUS } from '../helpers/promtool.ts';
import { startRecordedSdk } from '../helpers/recordedSdk.ts';
import { readSeries, scrape, serveMetrics, type Series } from '../helpers/scrape.ts';
import { until } from '../helpers/until.ts';

const sdk = startRecordedSdk();
after(() => sdk.close());

let actors = 0;

/** Telemetry of an actor that no other test has, and its series. */
async function setup(t: TestContext, options: Partial<TelemetryOptions> = {}) {
  const actor = `actor-${++actors}`;
  const health = createHealth();
  const telemetry = createTelemetry({
    actor,
    version: '1.2.3',
    transport: 'memory',
    happyEnd: 'happy-end',
    errorEnd: 'error-end',
    concurrency: 4,
    runtimeProtocol: 'payload',
    socketPath: '/run/asya-runtime.sock',
    namespace: 'asya_actor',
    maxGapMs: 1_000,
    maxFanout: 100,
    logLevel: 'silent',
    logFormat: 'json',
    health,
    ...options,
  });
  t.after(() => telemetry.shutdown(0));
  const url = await serveMetrics(t, telemetry.metricsHandler);
  const read = async (): Promise<Series[]> =>
    readSeries(await scrape(url)).filter(({ labels }) => labels['actor'] === (options.actor ?? actor));
  const valueOf = async (name: string, labels: Series['labels'] = {}): Promise<number | undefined> =>
    (await read()).find((series) => series.name === name && isIn(labels, series.labels))?.value;
  const run = (settled: Settled, given: Given = {}): Promise<Settled> =>
    compose<Work>([...telemetry.work], async () => settled)(hopOf({ actor, ...given }));
  return { actor, health, telemetry, url, read, valueOf, run };
}

function isIn(part: Series['labels'], whole: Series['labels']): boolean {
  return Object.entries(part).every(([name, value]) => whole[name] === value);
}

/** A transport of which only sending is asked. */
function sends(send: Transport['send']): Transport {
  const no = (): Promise<never> => Promise.reject(new Error('not asked here'));
  return { send, receive: no, ack: no, nack: no, close: no };
}

function messageOf(kind: string): Message {
  const about = { kind, envelopeId: 'env-1', parentId: undefined, journeyId: 'env-1' };
  return { body: Buffer.from('{}'), headers: {}, about };
}

test('what becomes of a hop is counted once, by what it is called', async (t) => {
  const { run, valueOf } = await setup(t);
  const fault = { code: 'runtime_error', message: 'boom' } as const;
  await run({ name: 'forward', dispatched: 1 });
  await run({ name: 'fanout', dispatched: 3 });
  await run({ name: 'empty', dispatched: 1 });
  await run({ name: 'error_end', dispatched: 1, fault });
  await run({ name: 'retry', dispatched: 0, fault });
  await run({ name: 'retry', dispatched: 0, fault, deferral: true });
  await run({ name: 'retry_spent', dispatched: 1, fault });
  await run({ name: 'give_back', dispatched: 0, giveBack: 'draining' });
  await run({ name: 'forward', dispatched: 1, reused: true });

  const processed = async (status: string) => valueOf('asya_actor_messages_processed_total', { status });
  assert.equal(await processed('success'), 3);
  assert.equal(await processed('empty_response'), 1);
  assert.equal(await processed('error'), 2);
  assert.equal(await processed('retry'), 2);
  assert.equal(await processed('given_back'), 1);
  assert.equal(await valueOf('asya_actor_messages_received_total'), 9);
  assert.equal(await valueOf('asya_actor_messages_failed_total', { reason: 'runtime_error' }), 2);
  assert.equal(await valueOf('asya_actor_retries_total', { reason: 'runtime_error' }), 1);
  assert.equal(await valueOf('asya_actor_retries_spent_total', { reason: 'runtime_error' }), 1);
  assert.equal(await valueOf('asya_actor_deferrals_total'), 1);
  assert.equal(await valueOf('asya_actor_given_back_total', { reason: 'draining' }), 1);
  assert.equal(await valueOf('asya_actor_replies_reused_total'), 1);
  assert.equal(await valueOf('asya_actor_fanout_width_sum'), 3);
  assert.equal(await valueOf('asya_actor_processing_duration_seconds_count'), 9);
  assert.equal(await valueOf('asya_actor_active_messages'), 0);
});

test('an end measures the journeys that end there', async (t) => {
  const { run, valueOf } = await setup(t, { end: 'happy-end' });
  const startedAt = new Date(Date.now() - 90_000).toISOString();
  const headers = { 'x-asya-started-at': startedAt, 'x-asya-hops': 4 };
  await run({ name: 'end', dispatched: 0 }, { envelope: { headers } });
  const end = { end: 'happy-end' };
  assert.equal(await valueOf('asya_actor_journey_hops_sum', end), 4);
  assert.equal(await valueOf('asya_actor_journey_duration_seconds_bucket', { ...end, le: '60' }), 0);
  assert.equal(await valueOf('asya_actor_journey_duration_seconds_bucket', { ...end, le: '300' }), 1);
});

test('a wait in the queue does not count the delay that was asked for', async (t) => {
  const { run, valueOf } = await setup(t);
  const settled: Settled = { name: 'forward', dispatched: 1 };
  await run(settled);
  assert.equal(await valueOf('asya_actor_queue_wait_seconds_count'), undefined);
  const headers = { 'asya-published-at': Date.now() - 31_000, 'asya-delay-ms': 30_000 };
  await run(settled, { headers });
  assert.equal(await valueOf('asya_actor_queue_wait_seconds_bucket', { le: '0.5' }), 0);
  assert.equal(await valueOf('asya_actor_queue_wait_seconds_bucket', { le: '5' }), 1);
});

test('series are there before anything happens', async (t) => {
  const { read } = await setup(t);
  const series = await read();
  for (const definition of Object.values<Definition>(CATALOGUE)) {
    if (definition.kind !== 'counter' || definition.convention) continue;
    const found = series.filter(({ name }) => name === `asya_actor_${definition.name}`);
    const closed = Object.values(definition.labels).filter((values) => typeof values !== 'string');
    const combinations = closed.reduce((product, values) => product * values.length, 1);
    if (definition.name === 'messages_sent_total') assert.equal(found.length, 3);
    else assert.equal(found.length, combinations, definition.name);
    assert.ok(found.every(({ value }) => value === 0));
  }
});

test('every series is in the catalogue, with its labels and no others', async (t) => {
  const { url, telemetry, run, health } = await setup(t, { end: 'happy-end', namespace: 'own' });
  telemetry.watchQueueDepth(async () => 7);
  health.held.set('lost', 2);
  for (const name of ['forward', 'fanout', 'end'] as const) {
    const envelope = { headers: { 'x-asya-started-at': new Date().toISOString() } };
    await run({ name, dispatched: 2 }, { headers: { 'asya-published-at': Date.now() }, envelope });
  }
  await telemetry.transport(sends(async () => {})).send('post', messageOf('next'));
  const series = readSeries(await scrape(url)).filter(({ name }) => name.startsWith('own_'));

  const definitions = Object.values<Definition>(CATALOGUE).filter(({ convention }) => !convention);
  const seen = new Set<string>();
  for (const { name, labels } of series) {
    const plain = name.slice('own_'.length).replace(/_(?:bucket|count|sum)$/, '');
    const definition = definitions.find((one) => one.name === plain);
    assert.ok(definition !== undefined, name);
    seen.add(plain);
    const expected = [
      'actor',
      ...Object.keys(definition.labels),
      ...(name.endsWith('_bucket') ? ['le'] : []),
    ];
    assert.deepEqual(Object.keys(labels).toSorted(), expected.toSorted(), name);
  }
  const unseen = definitions.filter(({ name }) => !seen.has(name)).map(({ name }) => name);
  assert.deepEqual(unseen, ['runtime_execution_duration_seconds'], 'no runtime was called');
});

test('every metric of ours is scraped with the type, unit and help of the catalogue', async (t) => {
  const { url, telemetry, run } = await setup(t, { end: 'happy-end', namespace: 'described' });
  await run({ name: 'end', dispatched: 0 }, { headers: { 'asya-published-at': Date.now() } });
  await telemetry.transport(sends(async () => {})).send('post', messageOf('next'));
  const told = new Map<string, string>();
  for (const [, what, name = '', text = ''] of (await scrape(url)).matchAll(
    /^# (HELP|TYPE|UNIT) described_(\S+) (.*)$/gm,
  )) {
    told.set(`${what} ${name}`, text);
  }
  const definitions = Object.values<Definition>(CATALOGUE).filter(({ name }) => told.has(`TYPE ${name}`));
  assert.ok(definitions.length > 20);
  for (const { name, kind, unit, help } of definitions) {
    assert.equal(told.get(`TYPE ${name}`), kind === 'up_down_counter' ? 'gauge' : kind, name);
    assert.equal(told.get(`HELP ${name}`), help, name);
    assert.equal(told.get(`UNIT ${name}`), unit, name);
  }
});

test('ten thousand destinations are at most a hundred, and other', async (t) => {
  const { telemetry, read } = await setup(t);
  const transport = telemetry.transport(sends(async () => {}));
  for (let index = 0; index < 10_000; index++) {
    await transport.send(`made-up-${index}`, messageOf('next'));
  }
  const sent = (await read()).filter(
    ({ name, labels }) => name === 'asya_actor_messages_sent_total' && labels['message_type'] === 'routing',
  );
  const known = 3;
  assert.equal(sent.length, MAX_DESTINATIONS - known + 1);
  const other = sent.find(({ labels }) => labels['destination_queue'] === 'other');
  assert.equal(other?.value, 10_000 - (MAX_DESTINATIONS - known));
});

test('a publish that fails is an attempt and nothing that was sent', async (t) => {
  const { telemetry, valueOf, url, actor } = await setup(t);
  const transport = telemetry.transport(
    sends(() => Promise.reject(new SendError('unroutable', 'no queue takes it'))),
  );
  await assert.rejects(transport.send(`${actor}:parked`, messageOf('parked')), SendError);
  assert.equal(await valueOf('asya_actor_queue_send_duration_seconds_count'), undefined);
  const attempts = readSeries(await scrape(url)).find(
    ({ name, labels }) =>
      name === 'messaging_client_sent_messages_total' && labels['messaging_destination_name'] === actor,
  );
  assert.equal(attempts?.labels['error_type'], 'unroutable');
});

test('gauges tell what is true now', async (t) => {
  const { health, valueOf, telemetry } = await setup(t);
  assert.equal(await valueOf('asya_actor_ready'), 0);
  health.transport = { connected: true, blocked: false, missing: [] };
  health.runtime = { ready: true };
  assert.equal(await valueOf('asya_actor_ready'), 1);
  health.paused.add('suspect');
  assert.equal(await valueOf('asya_actor_paused', { reason: 'suspect' }), 1);
  assert.equal(await valueOf('asya_actor_concurrency_limit'), 4);
  assert.equal(await valueOf('asya_actor_build_info', { version: '1.2.3' }), 1);
  assert.equal(await valueOf('asya_actor_queue_depth'), undefined);
  telemetry.watchQueueDepth(async () => 12);
  await until(async () => (await valueOf('asya_actor_queue_depth')) === 12, 'the depth of the queue');
});

test(
  'promtool has nothing against a scrape',
  { skip: findPrometheus() ? false : NO_PROMETHEUS },
  async (t) => {
    const { url, run, telemetry } = await setup(t, { end: 'error-end', namespace: 'checked' });
    await run({ name: 'end', dispatched: 0 }, { headers: { 'asya-published-at': Date.now() } });
    await telemetry.transport(sends(async () => {})).send('post', messageOf('next'));
    const { status, stdout, stderr } = checkMetrics(await scrape(url));
    assert.deepEqual([status, stdout, stderr], [0, '', '']);
  },
);
