import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assemble } from '../../../src/sidecar/assemble.ts';
import { createHealth } from '../../../src/sidecar/health.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { SendError, type Delivery, type Transport } from '../../../src/transport/transport.ts';
import { followHops } from '../../../telemetry/context/hopContext.ts';
import { createLogging } from '../../../telemetry/logs/logging.ts';
import { observeHops } from '../../../telemetry/observers.ts';
import { deliveryOf } from '../../kit/envelopes/hops.ts';
import { until } from '../../kit/processes/until.ts';
import { strictGuard } from '../../kit/telemetry/strictGuard.ts';

type Line = Readonly<Record<string, unknown>>;

test('whatever part of a sidecar writes a line of a hop, it has the ids of its envelope', async (t) => {
  const lines: Line[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Line) };
  const { log, hops } = createLogging({
    actor: 'infer',
    level: 'debug',
    format: 'json',
    destination,
  });
  const health = createHealth();
  health.runtime = { ready: true };
  const ids = ['env-1', 'env-2'];
  const closed = new AbortController();
  t.after(() => closed.abort());
  const sidecar = assemble(
    {
      transport: refusesOnce(ids.map((id) => deliveryOf({ envelope: { id } }))),
      runtime: FAULTY,
      health,
      log,
      around: [followHops(strictGuard), observeHops([hops], strictGuard)],
      turnAway() {},
      closed: closed.signal,
    },
    {
      place: {
        actor: 'infer',
        happyEnd: 'happy-end',
        errorEnd: 'error-end',
        isEnd: false,
        maxFanout: 10,
        maxMessageBytes: 1_000_000,
      },
      policy: { maxAttempts: 2, backoffMs: [10], errors: [], maxDeferrals: 2 },
      prefetch: 2,
      concurrency: 2,
      maxNesting: 100,
      maxRedeliveries: 5,
      runtimeTimeoutMs: 1_000,
    },
  );
  sidecar.runtimeChanged();
  await until(
    () => lines.filter(({ msg }) => msg === 'hop: retry').length === ids.length,
    'both hops',
  );

  for (const id of ids) {
    const own = lines.filter((line) => line['envelope_id'] === id && line['journey_id'] === id);
    assert.deepEqual(
      own.map(({ msg }) => String(msg).replace(/;.*/, '')),
      [
        'nobody decided what becomes of the envelope',
        'held: the broker did not take an envelope',
        'hop: retry',
      ],
    );
    // A send that fails is expected: its reason is enough.
    const held = own.find(({ msg }) => String(msg).startsWith('held'));
    assert.equal(typeof held?.['reason'], 'string');
    assert.equal('err' in (held ?? {}), false);
  }
});

/** Fails in a way that nobody has thought of. */
const FAULTY: Runtime = {
  call() {
    throw new Error('a fault');
  },
  close: async () => {},
};

/** Delivers these, and does not take what is sent for each at the first try. */
function refusesOnce(deliveries: readonly Delivery[]): Transport {
  const refused = new Set<string | undefined>();
  return {
    async receive(_, onDelivery) {
      for (const delivery of deliveries) onDelivery(delivery);
      return { cancel: async () => {} };
    },
    async send(_, { about }) {
      if (refused.has(about?.envelopeId)) return;
      refused.add(about?.envelopeId);
      throw new SendError('unconfirmed', 'the broker says no');
    },
    ack: async () => true,
    nack: async () => true,
    close: async () => {},
  };
}
