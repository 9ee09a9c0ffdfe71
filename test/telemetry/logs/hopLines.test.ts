import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openService } from '../../../src/main.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { SendError, type Delivery } from '../../../src/transport/transport.ts';
import type { InspectableTransport } from '../../../src/transport/inspection/inspectableTransport.ts';
import { attachHopContext } from '../../../telemetry/context/hopContext.ts';
import { createLogging } from '../../../telemetry/logs/logging.ts';
import { observeHops } from '../../../telemetry/observers.ts';
import type { Telemetry } from '../../../telemetry/telemetry.ts';
import { deliveryOf } from '../../kit/envelopes/hops.ts';
import { until } from '../../kit/processes/until.ts';
import { startScriptedRuntime } from '../../kit/runtimes/scriptedRuntime.ts';
import { temporarySocketPath } from '../../kit/runtimes/socketServer.ts';
import { testConfig } from '../../kit/rigs/testConfig.ts';
import { strictGuard } from '../../kit/telemetry/strictGuard.ts';
import { unixEndpoint } from '../../kit/runtimes/endpoints.ts';

type Line = Readonly<Record<string, unknown>>;

test('every line of a hop has the ids of its envelope, whichever component writes it', async (t) => {
  const lines: Line[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Line) };
  const { log, hops } = createLogging({
    actor: 'infer',
    level: 'debug',
    format: 'json',
    destination,
  });
  const telemetry: Telemetry = {
    log,
    traceHops: () => attachHopContext(strictGuard),
    observeHops: observeHops([hops], strictGuard),
    traceCalls: () => FAULTY,
    noteCalls: (next) => next,
    traceBatches: (next) => next,
    measureCalls: undefined,
    tracePublishes: undefined,
    observePublishes: (next) => next,
    metricsHandler() {},
    hopsHandler() {},
    closeHops() {},
    monitorQueues() {},
    onTransportState() {},
    onRateLimitWait() {},
    onBatchWait() {},
    shutdown: async () => {},
  };
  const ids = ['env-1', 'env-2'];
  const socketPath = await temporarySocketPath(t);
  const runtime = await startScriptedRuntime(socketPath, () => '1');
  t.after(() => runtime.stop());
  const { close } = await openService({
    config: testConfig({
      prefetch: 2,
      concurrency: 2,
      runtime: { endpoint: unixEndpoint(socketPath) },
      retry: { maxAttempts: 2, backoffMs: [10] },
    }),
    telemetry,
    openTransport: async () => refusesOnce(ids.map((id) => deliveryOf({ envelope: { id } }))),
  });
  t.after(close);
  await until(
    () => lines.filter(({ msg }) => msg === 'hop: retry').length === ids.length,
    'both hops',
  );

  for (const id of ids) {
    const own = lines.filter((line) => line['envelope_id'] === id && line['journey_id'] === id);
    assert.deepEqual(
      own.map(({ msg }) => String(msg).replace(/;.*/, '')),
      ['decision failed', 'envelope not accepted', 'hop: retry'],
    );
    // A failed send is expected, so the line has its reason and no stack.
    const held = own.find(({ msg }) => String(msg).startsWith('envelope not accepted'));
    assert.equal(typeof held?.['reason'], 'string');
    assert.equal('err' in (held ?? {}), false);
  }
});

/** Throws, which a runtime must not. */
const FAULTY: Runtime = {
  call() {
    throw new Error('a fault');
  },
  close: async () => {},
};

/** Delivers the deliveries, and refuses the first message of each envelope. */
function refusesOnce(deliveries: readonly Delivery[]): InspectableTransport {
  const refused = new Set<unknown>();
  return {
    async receive(_, onDelivery) {
      for (const delivery of deliveries) onDelivery(delivery);
      return { cancel: async () => {} };
    },
    async send(_, { body }) {
      const { id } = JSON.parse(body.toString()) as { id: unknown };
      if (refused.has(id)) return;
      refused.add(id);
      throw new SendError('unconfirmed', 'not confirmed');
    },
    ack: async () => true,
    nack: async () => true,
    depth: async () => 0,
    inspect: async () => undefined,
    countWaiting: async () => ({}),
    sendCopy: () => {},
    openReplyQueue: () => Promise.reject(new Error('no reply queues')),
    take: () => Promise.reject(new Error('no take')),
    argumentProblem: async () => undefined,
    look: async () => ({ count: 0, total: 0, asOfMs: 0, consumers: 0, end: 'complete' }),
    close: async () => {},
  };
}
