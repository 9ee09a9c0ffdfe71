import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readTraces, type TracedSpan } from '../../../src/cli/trace/spans/otlp.ts';
import type { LogLine } from '../../kit/processes/logReader.ts';
import { runBin, startSidecarProcess } from '../../kit/processes/sidecarProcess.ts';
import { temporarySocketPath } from '../../kit/runtimes/socketServer.ts';
import { scrape } from '../../kit/telemetry/scrape.ts';

/** A sidecar process that calls a real server with batches. */

const SIZE = 3;

test('a runtime receives the context of the span that the hops of its batch link to', async (t) => {
  const socketPath = await temporarySocketPath(t);
  const received = await startServer(t, socketPath);
  const { spans, hops, metrics } = await runBatch(t, socketPath);

  const [headers = {}, ...others] = received;
  assert.deepEqual(others, []);
  assert.equal(headers['asya-batch'], String(SIZE));
  const batch = spans.find(({ name }) => name === 'call batch') ?? assert.fail('no batch');
  assert.equal(headers['traceparent'], `00-${batch.traceId}-${batch.spanId}-01`);
  const calls = spans.filter(({ name }) => name === 'call infer');
  assert.equal(calls.length, SIZE);
  assert.deepEqual(
    batch.links.map(({ spanId }) => spanId).toSorted(),
    calls.map(({ spanId }) => spanId).toSorted(),
  );
  for (const { links, attributes } of calls) {
    assert.deepEqual(
      links.map(({ spanId }) => spanId),
      [batch.spanId],
    );
    assert.equal(attributes.get('asya.batch.size'), SIZE);
  }
  assert.deepEqual(
    hops.map(({ batch: size, alone }) => [size, alone]),
    Array.from({ length: SIZE }, () => [SIZE, undefined]),
  );
  for (const { batch_wait_ms: waitMs } of hops) assert.equal(typeof waitMs, 'number');
  assert.match(metrics, /^asya_actor_batch_size_sum\{.*\} 3$/m);
  assert.match(metrics, /^asya_actor_concurrency_limit\{.*\} 3$/m);
});

/** Answers each batch with its payloads, and keeps the headers of the requests. */
async function startServer(
  t: TestContext,
  socketPath: string,
): Promise<readonly IncomingHttpHeaders[]> {
  const received: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    received.push(request.headers);
    request.pipe(response);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(socketPath), 'listening');
  return received;
}

interface Run {
  readonly spans: readonly TracedSpan[];
  /** The log lines of the hops. */
  readonly hops: readonly LogLine[];
  readonly metrics: string;
}

/** Sends as many envelopes as a batch has. */
async function runBatch(t: TestContext, socketPath: string): Promise<Run> {
  const directory = dirname(socketPath);
  const broker = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: join(directory, 'queues.db') };
  const envelopes = Array.from({ length: SIZE }, (_, index) =>
    JSON.stringify({ id: `env-${index}`, route: { actors: ['infer'], current: 0 }, payload: 1 }),
  );
  const traceFile = join(directory, 'traces.otlp.jsonl');
  const sidecar = await startSidecarProcess({
    ...broker,
    ASYA_ACTOR_NAME: 'infer',
    ASYA_SOCKET_DIR: directory,
    ASYA_RUNTIME_PROTOCOL: 'http',
    ASYA_BATCH_SIZE: String(SIZE),
    ASYA_BATCH_WAIT: '30s',
    ASYA_TRACE_FILE: traceFile,
  });
  t.after(sidecar.close);
  await sidecar.ready();
  await runBin(['send', '-'], broker, envelopes.join('\n'));
  const hops: LogLine[] = [];
  while (hops.length < SIZE) hops.push(await sidecar.logged('hop: forward'));
  const metrics = await scrape(`${sidecar.url}/metrics`);
  sidecar.kill('SIGTERM');
  assert.equal(await sidecar.ended(), 0);
  const { spans } = readTraces(await readFile(traceFile, 'utf8'));
  return { spans, hops, metrics };
}
