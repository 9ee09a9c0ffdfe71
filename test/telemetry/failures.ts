import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { Health } from '../../src/sidecar/health.ts';
import { createTelemetry, type Telemetry } from '../../telemetry/telemetry.ts';
import { setSdkState } from '../../telemetry/sdk/sdkState.ts';
import { createMetricRegistry } from '../../telemetry/metrics/metricRegistry.ts';
import {
  brokenParts,
  register,
  unregister,
  type Registered,
} from '../kit/telemetry/brokenTelemetry.ts';
import { decode, openRig, type OpenTransport } from '../kit/rigs/rig.ts';
import { until } from '../kit/processes/until.ts';
import { MIB, SECOND } from '../../src/units.ts';

export interface FailuresOptions {
  readonly system: 'rabbitmq' | 'memory';
  readonly open: OpenTransport;
  /** Called with the registered parts, for instrumentations that keep their own provider. */
  readonly onRegistered?: (registered: Registered) => void;
}

/** Whether spans are created, or only contexts passed through. Metrics are recorded in both. */
const MODES = { traced: true, 'passed through': false };

const HEADERS = {
  traceparent: '00-11111111111111111111111111111111-1111111111111111-01',
  tracestate: 'vendor=1',
  baggage: 'tenant=acme,half=\ud800,\udfff=1,whole=1;half=\udbff',
};

/** The replies of the runtime, by payload; the retried payload fails at its first call. */
const REPLIES: Readonly<Record<string, string>> = {
  '"forwarded"': '1',
  '"retried"': '2',
  '"failed"': JSON.stringify({ error: 'failed', message: 'no image', type: 'ValueError' }),
  '"fanned out"': '[3,4]',
};
const TRANSIENT = JSON.stringify({ error: 'failed', message: 'not now', type: 'TransientError' });

/** Broken telemetry does not change the processing of messages. */
export function failures(on: FailuresOptions): void {
  for (const [mode, makesSpans] of Object.entries(MODES)) {
    describe(`a hop on ${on.system}, ${mode}`, () => {
      for (const [part, broken] of brokenParts()) {
        if (!makesSpans && broken.tracerProvider !== undefined) continue;
        test(`is processed while ${part} throws`, async (t) => {
          const registered = register(broken);
          on.onRegistered?.(registered);
          t.after(unregister);
          await processAll(t, on, makesSpans);
        });

        test(`is processed in a batch while ${part} throws`, async (t) => {
          const registered = register(broken);
          on.onRegistered?.(registered);
          t.after(unregister);
          await processBatch(t, on, makesSpans);
        });
      }
    });
  }
}

async function processAll(t: TestContext, on: FailuresOptions, makesSpans: boolean): Promise<void> {
  const { telemetry, received } = openTelemetry(t, on.system, makesSpans);
  let retried = false;
  const script = (payload: string): string => {
    if (payload !== '"retried"' || retried) return REPLIES[payload] ?? 'unknown';
    retried = true;
    return TRANSIENT;
  };
  const rig = await openRig({ open: on.open, telemetry, script });
  t.after(() => rig.close());
  for (const payload of Object.keys(REPLIES)) {
    await rig.send(rig.envelope(JSON.parse(payload), { headers: HEADERS }), HEADERS);
  }
  await until(
    () => rig.next.arrived.length === 4 && rig.errorEnd.arrived.length === 1,
    'all envelopes',
  );
  const payloads = rig.next.arrived.map((delivery) => Number(decode(delivery)['payload']));
  assert.deepEqual(new Set(payloads), new Set([1, 2, 3, 4]));
  assert.deepEqual(rig.runtime.calls.toSorted(), [...Object.keys(REPLIES), '"retried"'].toSorted());
  assert.equal(await received(), 5);
}

/** Processes a batch that crashes the runtime, whose envelopes are then called alone. */
async function processBatch(
  t: TestContext,
  on: FailuresOptions,
  makesSpans: boolean,
): Promise<void> {
  const { telemetry, received } = openTelemetry(t, on.system, makesSpans);
  const batch = { size: 2, waitMs: 10 * SECOND, maxBytes: MIB };
  const script = (payloads: string): string => (payloads === '[1,2]' ? 'die' : payloads);
  const config = { batch, prefetch: batch.size };
  const rig = await openRig({ open: on.open, telemetry, script, config });
  t.after(() => rig.close());
  for (const payload of [1, 2]) {
    await rig.send(rig.envelope(payload, { headers: HEADERS }), HEADERS);
  }
  await until(() => rig.next.arrived.length === 2, 'both envelopes');
  assert.deepEqual(rig.runtime.calls, ['[1,2]', '[1]', '[2]']);
  assert.equal(await received(), 2);
}

function openTelemetry(
  t: TestContext,
  system: FailuresOptions['system'],
  makesSpans: boolean,
): { telemetry: Telemetry; received: () => Promise<unknown> } {
  const metricRegistry = createMetricRegistry();
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const shutdown = (): Promise<void> => Promise.resolve();
  setSdkState({
    sdk: {
      exporter,
      metricRegistry,
      makesSpans,
      warnings: [],
      diagnosticLevel: undefined,
      readIntervalMs: 60_000,
      shutdown,
    },
  });
  const telemetry = createTelemetry({
    actor: 'infer',
    version: '1.2.3',
    transport: system,
    happyEnd: 'happy-end',
    errorEnd: 'error-end',
    concurrency: 1,
    runtimeProtocol: 'payload',
    runtimeAddress: { transport: 'unix', path: '/run/asya-runtime.sock' },
    namespace: 'asya_actor',
    maxGapMs: 60_000,
    maxFanout: 100,
    logLevel: 'silent',
    logFormat: 'json',
    health: new Health(),
  });
  t.after(() => telemetry.shutdown(0));
  const received = async (): Promise<unknown> => {
    const { resourceMetrics } = await metricRegistry.producer.collect();
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return metrics.find(
      ({ descriptor }) => descriptor.name === 'asya_actor_messages_received_total',
    )?.dataPoints[0]?.value;
  };
  return { telemetry, received };
}
