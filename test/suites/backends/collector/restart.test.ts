import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { MINUTE } from '../../../../src/units.ts';
import { findGoProgram } from '../../../kit/programs/goProgram.ts';
import { until } from '../../../kit/processes/until.ts';
import {
  startCollectorProcess,
  type CollectorProcess,
} from '../../../kit/telemetry/collectorProcess.ts';
import {
  startTelemetryBackend,
  type TelemetryBackend,
} from '../../../kit/telemetry/telemetryBackend.ts';
import { spanIdsByJourney } from './journeySpans.ts';
import { openPipeline, type Pipeline } from './pipeline.ts';

const { path: program, skip } = await findGoProgram('collector');

const JOURNEYS = 600;
/** Three hops and two calls; the publishes are those of prep and infer. */
const SPANS_OF_JOURNEY = 7;

test('a collector that restarts under load loses no span of 600 journeys', { skip }, async (t) => {
  const { backend, collector, pipeline } = await restartUnderLoad(t, 'SIGTERM');
  assert.deepEqual(await pipeline.stop(), [0, 0, 0, 0]);
  assert.equal(await collector.stop('SIGTERM'), 0);
  const journeys = spanIdsByJourney(backend.keptSpans());
  assert.equal(journeys.size, JOURNEYS);
  for (const [id, spans] of journeys) assert.equal(spans.length, SPANS_OF_JOURNEY, id);
});

test(
  '600 of 600 journeys arrive from a collector that is killed under load',
  { skip },
  async (t) => {
    const { backend } = await restartUnderLoad(t, 'SIGKILL');
    const spans = [...spanIdsByJourney(backend.keptSpans()).values()].flat().length;
    t.diagnostic(`${spans} of ${JOURNEYS * SPANS_OF_JOURNEY} spans`);
  },
);

interface Restarted {
  readonly backend: TelemetryBackend;
  readonly collector: CollectorProcess;
  readonly pipeline: Pipeline;
}

/** Sends journeys, and restarts the collector when it has exported those of the first half. */
async function restartUnderLoad(t: TestContext, signal: 'SIGTERM' | 'SIGKILL'): Promise<Restarted> {
  const backend = await startTelemetryBackend(t);
  const collector = await startCollectorProcess(t, { program, backend });
  const pipeline = await openPipeline(t, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const ids = Array.from({ length: JOURNEYS }, (_, index) => `journey ${index}`);
  const sent = sendAll(pipeline, ids);
  await until(() => backend.keptSpans().length > JOURNEYS, 'the first spans', MINUTE);
  await restart(collector, signal);
  await sent;
  const end = pipeline.sidecars['happy-end'];
  await until(() => end.count('hop: end') === JOURNEYS, 'all journeys at their end', MINUTE);
  await until(
    () => spanIdsByJourney(backend.keptSpans()).size === JOURNEYS,
    'the spans of all journeys',
    MINUTE,
  );
  return { backend, collector, pipeline };
}

async function sendAll(pipeline: Pipeline, ids: readonly string[]): Promise<void> {
  for (const id of ids) await pipeline.send(id, {});
}

async function restart(collector: CollectorProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  assert.equal(await collector.stop(signal), signal === 'SIGTERM' ? 0 : null);
  await collector.start();
}
