import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { compose } from '../../../src/compose.ts';
import type { Reply, Runtime, RuntimeClient } from '../../../src/runtime/runtime.ts';
import { SendError } from '../../../src/transport/transport.ts';
import { CATALOGUE } from '../../../telemetry/metrics/instruments.ts';
import type { Definition } from '../../../telemetry/metrics/definition.ts';
import { countsOf, openMeter } from '../../kit/telemetry/meter.ts';
import { checkMetrics, findPrometheus } from '../../kit/telemetry/monitoringPrograms.ts';
import { startRecordedSdk } from '../../kit/telemetry/recordedSdk.ts';
import { callOf, request } from '../../kit/runtimes/request.ts';
import { readSeries, scrape, type Series } from '../../kit/telemetry/scrape.ts';
import { until } from '../../kit/processes/until.ts';

const sdk = startRecordedSdk();
after(() => sdk.close());

test('series with closed labels exist before their first event', async (t) => {
  const { read } = await openMeter(t);
  const series = await read();
  for (const definition of Object.values<Definition>(CATALOGUE)) {
    if (definition.kind !== 'counter' || definition.definedBy !== 'sidecar') continue;
    const found = series.filter(({ name }) => name === `asya_actor_${definition.name}`);
    const closed = Object.values(definition.labels).filter((values) => typeof values !== 'string');
    const combinations = closed.reduce((product, values) => product * values.length, 1);
    if (definition.name === 'messages_sent_total') assert.equal(found.length, 3);
    else assert.equal(found.length, combinations, definition.name);
    assert.ok(found.every(({ value }) => value === 0));
  }
});

test('a scrape has exactly the metrics of the catalogue, with their types, units, help and labels', async (t) => {
  const { url } = await setupEverything(t, 'own');
  let text = '';
  // The event loop is monitored from the first scrape on.
  await until(
    async () => (text = await scrape(url)).includes('nodejs_eventloop_delay'),
    'the gauges of the event loop',
  );
  const metadata = new Map(
    [...text.matchAll(/^# (HELP|TYPE|UNIT) (\S+) (.*)$/gm)].map(([, kind, name, value]) => [
      `${kind} ${name}`,
      value,
    ]),
  );
  const series = Map.groupBy(readSeries(text), ({ name }) =>
    name.replace(/_(?:bucket|count|sum)$/, ''),
  );
  const names = new Set<string>();
  for (const definition of Object.values<Definition>(CATALOGUE)) {
    const { kind, unit, help } = definition;
    const name = scrapedName(definition);
    names.add(name);
    assert.equal(
      metadata.get(`TYPE ${name}`),
      kind.endsWith('up_down_counter') ? 'gauge' : kind.replace('observed_', ''),
      name,
    );
    assert.equal(metadata.get(`HELP ${name}`), help, name);
    assert.equal(metadata.get(`UNIT ${name}`), unit, name);
    const found = series.get(name) ?? [];
    assert.ok(found.length > 0, name);
    for (const one of found) assert.deepEqual(labelsOf(one), labelsFor(definition, one), one.name);
  }
  const others = [...series.keys()].filter((name) => name.startsWith('own_') && !names.has(name));
  assert.deepEqual(others, []);
});

test('no metric of the sidecar has the unit 1, for which Prometheus appends _ratio to pushed metrics', () => {
  for (const { name, unit, definedBy } of Object.values<Definition>(CATALOGUE)) {
    assert.ok(unit !== '1' || definedBy !== 'sidecar', name);
  }
});

/** Returns the name in a scrape. The names of the conventions have dots and no `_total`. */
function scrapedName({ name, kind, definedBy }: Definition): string {
  switch (definedBy) {
    case 'sidecar':
      return `own_${name}`;
    case 'prometheus':
      return name;
    case 'opentelemetry':
      return `${name.replaceAll('.', '_')}${kind === 'counter' ? '_total' : ''}`;
  }
}

function labelsOf({ labels }: Series): string[] {
  return Object.keys(labels).toSorted();
}

function labelsFor({ labels, definedBy }: Definition, { name, labels: found }: Series): string[] {
  // Only failures have the label error_type.
  const own = Object.keys(labels)
    .map((label) => label.replaceAll('.', '_'))
    .filter((label) => label !== 'error_type' || definedBy === 'sidecar' || 'error_type' in found);
  return [
    ...own,
    ...(definedBy === 'opentelemetry' ? [] : ['actor']),
    ...(name.endsWith('_bucket') ? ['le'] : []),
  ].toSorted();
}

/** Runs an end through all events that are counted. */
async function setupEverything(t: TestContext, namespace: string) {
  const all = await openMeter(t, { end: 'happy-end', namespace });
  const { telemetry, run } = all;
  telemetry.monitorQueues(countsOf({ ready: 7, errorEnd: 1, parked: 2, delayed: 3 }));
  const envelope = { headers: { 'x-asya-started-at': new Date().toISOString() } };
  for (const name of ['forward', 'fanout', 'end'] as const) {
    await run({ name, dispatched: 2 }, { headers: { 'asya-published-at': Date.now() }, envelope });
  }
  await all.publish('post', 'next', async () => {});
  const failing = all.publish('post', 'next', () =>
    Promise.reject(new SendError('lost', 'no broker')),
  );
  await assert.rejects(failing, SendError);
  const answered: Reply = { kind: 'answered', items: [], sizeBytes: 0 };
  const runtime = compose<Runtime>([telemetry.noteCalls], {
    call: async () => answered,
    close: async () => {},
  });
  await runtime.call(request());
  const client = compose<RuntimeClient>(telemetry.measureCalls ? [telemetry.measureCalls] : [], {
    send: async () => ({ kind: 'answered', replies: [answered], sizeBytes: 0 }),
    close: async () => {},
  });
  await client.send({ ...callOf(), batch: { size: 1 } });
  telemetry.onRateLimitWait(1);
  telemetry.onBatchWait(1);
  return all;
}

test('promtool has nothing against a scrape', { skip: findPrometheus().skip }, async (t) => {
  const { url } = await setupEverything(t, 'checked');
  const { status, stdout, stderr } = checkMetrics(await scrape(url));
  assert.deepEqual([status, stdout, stderr], [0, '', '']);
});
