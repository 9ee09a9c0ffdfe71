import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openRefusableCollector, type RefusableCollector } from '../../tools/live/collector.ts';

test('the collector of the live pipeline keeps the spans and log records it receives', async (t) => {
  const collector = await open(t);
  const span = { traceId: 't1', spanId: 's1', name: 'process infer', attributes: [] };
  await post(collector, '/v1/traces', { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  const record = {
    timeUnixNano: '1700000000000000000',
    severityText: 'INFO',
    body: { stringValue: 'hop: forward' },
    traceId: 't1',
    spanId: 's1',
    attributes: [
      { key: 'asya.actor', value: { stringValue: 'infer' } },
      { key: 'asya.attempt', value: { intValue: 2 } },
    ],
  };
  await post(collector, '/v1/logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] });
  assert.deepEqual(
    collector.received.spans.map(({ name }) => name),
    ['process infer'],
  );
  assert.deepEqual(collector.received.logs, [
    {
      timeMs: 1_700_000_000_000,
      severity: 'INFO',
      message: 'hop: forward',
      traceId: 't1',
      spanId: 's1',
      attributes: new Map([
        ['asya.actor', 'infer'],
        ['asya.attempt', '2'],
      ]),
    },
  ]);
});

test('the collector of the live pipeline refuses requests on demand and drops them', async (t) => {
  const collector = await open(t);
  assert.equal(await post(collector, '/v1/traces', { resourceSpans: [] }), 200);
  collector.refuse();
  const span = { traceId: 't1', spanId: 's1', name: 'process infer' };
  const body = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
  assert.equal(await post(collector, '/v1/traces', body), 400);
  assert.deepEqual(collector.received.spans, []);
});

async function open(t: TestContext): Promise<RefusableCollector> {
  const collector = await openRefusableCollector();
  t.after(() => collector.close());
  return collector;
}

async function post({ url }: RefusableCollector, path: string, body: unknown): Promise<number> {
  const response = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  return response.status;
}
