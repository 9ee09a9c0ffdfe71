import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { readHop } from '../../src/hop/readHop.ts';
import { Health } from '../../src/sidecar/health.ts';
import { Sidecar } from '../../src/sidecar/sidecar.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { deliveryOf } from '../kit/envelopes/hops.ts';
import { until } from '../kit/processes/until.ts';
import { idleIntake } from '../kit/rigs/idleIntake.ts';

test('the log names the envelope of a delivery that is left unsettled', async () => {
  const lines: string[] = [];
  const sidecar = new Sidecar({
    actor: 'infer',
    transport: {} as Transport, // not started
    read: (delivery) => readHop(delivery, { actor: 'infer', isEnd: false, maxNesting: 100 }),
    process: () => Promise.reject(new Error('the connection is closed')),
    intake: idleIntake(),
    health: new Health(),
    log: pino({ base: null }, { write: (line: string) => void lines.push(line) }),
  });
  sidecar.accept(deliveryOf({ envelope: { headers: { 'x-asya-journey-id': 'env-0' } } }));
  await until(() => lines.length > 0, 'the line');
  const { level, journey_id, envelope_id, msg } = JSON.parse(lines[0] ?? '') as Record<
    string,
    unknown
  >;
  assert.deepEqual([level, journey_id, envelope_id], [50, 'env-0', 'env-1']);
  assert.match(String(msg), /^delivery left unsettled/);
});
