import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import { SamplingDecision, type Sampler } from '@opentelemetry/sdk-trace';
import { openMemory } from '../../../src/transport/memory/memory.ts';
import { createMemoryBroker } from '../../../src/transport/memory/broker.ts';
import { openJourneys } from '../../kit/envelopes/journeys.ts';
import { startRecordedSdk } from '../../kit/telemetry/recordedSdk.ts';

const sampled: (readonly [span: string, Attributes])[] = [];
const sampler: Sampler = {
  shouldSample(_context, _traceId, name, _kind, attributes) {
    sampled.push([name, attributes]);
    return { decision: SamplingDecision.RECORD_AND_SAMPLED };
  },
  toString: () => 'one that listens',
};
const sdk = startRecordedSdk({ sampler });
after(() => sdk.close());

test('a sampler receives the attributes that the conventions require at creation', async (t) => {
  const broker = createMemoryBroker();
  const journeys = await openJourneys(t, {
    sdk,
    system: 'memory',
    open: (topology, onState) => openMemory({ broker, topology, onState }),
    actors: { infer: () => '42' },
  });
  await journeys.send(['infer']);
  await journeys.finished(1);
  const received = new Map(
    sampled.map(([name, attributes]) => [journeys.plain(name), Object.keys(attributes)]),
  );
  const messaging = ['system', 'operation.name', 'operation.type', 'destination.name'].map(
    (name) => `messaging.${name}`,
  );
  for (const span of ['publish infer', 'process infer', 'publish happy-end', 'process happy-end']) {
    const missing = messaging.filter((name) => !received.get(span)?.includes(name));
    assert.deepEqual(missing, [], span);
  }
});
