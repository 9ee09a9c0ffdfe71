import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { createMemoryBroker } from '../../../src/transport/memory/broker.ts';
import { openMemory } from '../../../src/transport/memory/memory.ts';
import { MINUTE } from '../../../src/units.ts';
import { parseQuery } from '../../kit/dashboards/queryTree.ts';
import { openJourneys } from '../../kit/envelopes/journeys.ts';
import { startRecordedSdk } from '../../kit/telemetry/recordedSdk.ts';
import { matchesTraceql } from '../../kit/telemetry/traceqlMatch.ts';

/** The TraceQL queries of docs/observability.md, on the spans of a slow and a failed journey. */

const sdk = startRecordedSdk();
after(() => sdk.close());

const page = readFileSync(new URL('../../../docs/observability.md', import.meta.url), 'utf8');
const queries = [...page.matchAll(/^\| `(\{ span\..* \})` +\|/gm)].map(([, query = '']) =>
  query.replaceAll('\\|', '|'),
);

const FOUND = [
  ['process infer of failed'],
  ['process error-end of failed'],
  ['process happy-end of slow'],
  ['process infer of slow'],
];

test('each TraceQL query of docs/observability.md finds one hop of a journey', async (t) => {
  const broker = createMemoryBroker();
  const journeys = await openJourneys(t, {
    sdk,
    system: 'memory',
    open: (topology, onState) => openMemory({ broker, topology, onState }),
    actors: { infer: failOnceOrAlways() },
  });
  const startedAt = new Date(Date.now() - 2 * MINUTE).toISOString();
  const headers = { 'x-asya-started-at': startedAt };
  await journeys.send(['infer'], { envelope: { id: 'slow', headers, payload: 'once' } });
  await journeys.send(['infer'], { envelope: { id: 'failed', payload: 'always' } });
  const spans = await journeys.finished(2);
  const plain = spans.map(({ name, kind, attributes }) => ({
    name: journeys.plain(name),
    kind,
    attributes: JSON.parse(journeys.plain(JSON.stringify(attributes))) as typeof attributes,
  }));
  for (const each of [plain, plain.map(withWholeSeconds)]) {
    const found = queries.map((query) => each.filter((span) => matchesTraceql(query, span)));
    assert.deepEqual(found.map(namesOf), FOUND);
  }
});

test('the TraceQL queries of docs/observability.md parse', () => {
  assert.equal(queries.length, FOUND.length);
  for (const query of queries) assert.deepEqual(parseQuery('tempo', query).errors, [], query);
});

type Found = Pick<ReadableSpan, 'name' | 'kind' | 'attributes'>;

/** Exporters send such a duration as an integer. */
function withWholeSeconds({ attributes, ...span }: Found): Found {
  const seconds = attributes['asya.journey.duration'];
  if (typeof seconds !== 'number') return { ...span, attributes };
  return {
    ...span,
    attributes: { ...attributes, 'asya.journey.duration': Math.round(seconds) },
  };
}

function namesOf(spans: readonly Found[]): string[] {
  return spans.map(({ name, attributes }) => `${name} of ${String(attributes['asya.journey.id'])}`);
}

function failOnceOrAlways(): (payload: string) => string {
  let calls = 0;
  return (payload) => {
    if (payload === '"always"') return JSON.stringify({ error: 'ValueError', message: 'no' });
    return calls++ === 0 ? JSON.stringify({ error: 'e', message: 'm', type: 'Transient' }) : '42';
  };
}
