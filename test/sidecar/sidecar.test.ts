import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createHealth } from '../../src/sidecar/health.ts';
import { readHop } from '../../src/hop/hop.ts';
import { createSidecar } from '../../src/sidecar/sidecar.ts';
import { deliveryOf } from '../kit/envelopes/hops.ts';
import { until } from '../kit/processes/until.ts';
import { alwaysConsuming } from '../kit/rigs/alwaysConsuming.ts';

test('a delivery that is left unsettled is told by its envelope', async () => {
  const lines: string[] = [];
  const sidecar = createSidecar({
    read: (delivery) => readHop(delivery, { actor: 'infer', isEnd: false, maxNesting: 100 }),
    work: () => Promise.reject(new Error('the connection is closed')),
    intake: alwaysConsuming(),
    health: createHealth(),
    log: pino({ base: null }, { write: (line: string) => void lines.push(line) }),
  });
  sidecar.take(deliveryOf({ envelope: { headers: { 'x-asya-journey-id': 'env-0' } } }));
  await until(() => lines.length > 0, 'the line');
  const { level, journey_id, envelope_id, msg } = JSON.parse(lines[0] ?? '') as Record<
    string,
    unknown
  >;
  assert.deepEqual([level, journey_id, envelope_id], [50, 'env-0', 'env-1']);
  assert.match(String(msg), /^a delivery was left unsettled/);
});
