import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { MINUTE } from '../../../../src/units.ts';
import type { TracedSpan } from '../../../../src/cli/trace/spans/otlp.ts';
import { findGoProgram } from '../../../kit/programs/goProgram.ts';
import { until } from '../../../kit/processes/until.ts';
import { startCollectorProcess } from '../../../kit/telemetry/collectorProcess.ts';
import {
  startTelemetryBackend,
  type TelemetryBackend,
} from '../../../kit/telemetry/telemetryBackend.ts';
import { spanIdsByJourney } from './journeySpans.ts';
import { openPipeline, type Pipeline, type PipelineTask, type SendOptions } from './pipeline.ts';

const { path: program, skip } = await findGoProgram('collector');

interface Kind {
  readonly name: string;
  readonly count: number;
  readonly task: Partial<PipelineTask>;
  readonly options?: SendOptions;
  /** The envelopes of each journey that reach an end. @default one of them, at happy-end */
  readonly ends?: readonly (readonly ['happy-end' | 'error-end', number])[];
}

const ONE_SUCCESS = [['happy-end', 1]] as const;
const FAILED = { ends: [['error-end', 1]] } as const;

/** Journeys that the collector keeps whole. */
const KEPT: readonly Kind[] = [
  { name: 'rejected', count: 10, task: { behaviour: 'reject' }, ...FAILED },
  { name: 'retried in vain', count: 10, task: { behaviour: 'fail always' }, ...FAILED },
  { name: 'answered invalidly', count: 3, task: { behaviour: 'reply invalidly' }, ...FAILED },
  { name: 'fanned out too wide', count: 3, task: { behaviour: 'fan out too wide' }, ...FAILED },
  { name: 'sent to error-end', count: 10, task: {}, options: { to: 'error-end' }, ...FAILED },
  { name: 'retried', count: 10, task: { behaviour: 'fail once' } },
  { name: 'deferred', count: 10, task: { behaviour: 'request a delay' } },
  { name: 'slow in the runtime', count: 10, task: { takesMs: 5_100 } },
  {
    name: 'slow in queues',
    count: 10,
    task: {},
    options: { headers: { 'x-asya-started-at': new Date(Date.now() - 6_000).toISOString() } },
  },
  {
    name: 'failed in one child of a fan-out',
    count: 10,
    task: { oneChildFails: true },
    ends: [
      ['happy-end', 2],
      ['error-end', 1],
    ],
  },
];

const ORDINARY: Kind = { name: 'ordinary', count: 400, task: {} };
const FANNED_OUT: Kind = {
  name: 'fanned out',
  count: 50,
  task: { behaviour: 'fan out' },
  ends: [['happy-end', 4]],
};

test(
  'a share of 10 % keeps every span of failed, retried and slow journeys, and a tenth of the rest',
  { skip },
  async (t) => {
    const backend = await startTelemetryBackend(t);
    const collector = await startCollectorProcess(t, { program, backend, share: 10 });
    const pipeline = await openPipeline(t, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    const kinds = [...KEPT, ORDINARY, FANNED_OUT];
    for (const kind of kinds) await sendKind(pipeline, kind);
    await allEnded(pipeline, kinds);
    assert.deepEqual(await pipeline.stop(), [0, 0, 0, 0]);
    assert.equal(await collector.stop('SIGTERM'), 0);

    const all = spanIdsByJourney(backend.allSpans());
    const kept = spanIdsByJourney(backend.keptSpans());
    assertComplete(backend, kinds);
    const slow = slowJourneys(backend.allSpans());
    for (const id of [...KEPT.flatMap(({ name, count }) => idsOf(name, count)), ...slow]) {
      assert.deepEqual(kept.get(id), all.get(id), id);
    }
    const rest = [ORDINARY, FANNED_OUT]
      .flatMap(({ name, count }) => idsOf(name, count))
      .filter((id) => !slow.has(id));
    const keptRest = rest.filter((id) => kept.has(id));
    for (const id of keptRest) assert.deepEqual(kept.get(id), all.get(id), id);
    assertTenth(t, keptRest.length, rest.length);
  },
);

/** On a busy machine, further journeys are slow. */
function slowJourneys(spans: readonly TracedSpan[]): ReadonlySet<string> {
  const isSlow = ({ startMs, endMs, attributes }: TracedSpan): boolean =>
    endMs - startMs > 5_000 || Number(attributes.get('asya.journey.age') ?? 0) > 5;
  return new Set(
    spans.filter(isSlow).map(({ attributes }) => String(attributes.get('asya.journey.id'))),
  );
}

async function sendKind(pipeline: Pipeline, { name, count, task, options }: Kind): Promise<void> {
  const messageHeaders = (id: string): SendOptions => ({
    ...options,
    messageHeaders: { traceparent: traceparentOf(id) },
  });
  await Promise.all(idsOf(name, count).map((id) => pipeline.send(id, task, messageHeaders(id))));
}

function idsOf(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name} ${index}`);
}

/**
 * The context of a producer. The collector decides by a hash of the trace id, so the same journeys
 * are kept in each run.
 */
function traceparentOf(id: string): string {
  const digest = createHash('sha256').update(id).digest('hex');
  return `00-${digest.slice(0, 32)}-${digest.slice(32, 48)}-01`;
}

async function allEnded({ sidecars }: Pipeline, kinds: readonly Kind[]): Promise<void> {
  for (const end of ['happy-end', 'error-end'] as const) {
    const expected = kinds
      .flatMap(({ count, ends = ONE_SUCCESS }) =>
        ends.map(([name, width]) => (name === end ? count * width : 0)),
      )
      .reduce((sum, count) => sum + count, 0);
    await until(() => sidecars[end].count('hop: end') >= expected, `${expected} at ${end}`, MINUTE);
  }
}

/** Each hop has a log record with the id of its span, which the collector received. */
function assertComplete(backend: TelemetryBackend, kinds: readonly Kind[]): void {
  const spans = new Set(backend.allSpans().map(({ spanId }) => spanId));
  const hops = backend.logs().filter(({ message }) => message.startsWith('hop: '));
  for (const { message, spanId, attributes } of hops) {
    assert.ok(spans.has(spanId), `${message} ${attributes.get('asya.journey.id')}`);
  }
  const journeys = new Set(hops.map(({ attributes }) => attributes.get('asya.journey.id')));
  assert.equal(
    journeys.size,
    kinds.reduce((sum, { count }) => sum + count, 0),
  );
}

/**
 * Of n trace ids, a binomially distributed number is kept. Six standard deviations on each side
 * hold for all but one of 500 million sets of trace ids; this set does not change.
 */
function assertTenth(t: TestContext, kept: number, of: number): void {
  const mean = of / 10;
  const deviation = Math.sqrt(of * 0.1 * 0.9);
  t.diagnostic(`${kept} of ${of} ordinary journeys kept`);
  assert.ok(Math.abs(kept - mean) < 6 * deviation, `${kept} of ${of}`);
}
