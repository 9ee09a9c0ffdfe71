import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readTraces, type TracedSpan } from '../../../src/cli/trace/spans/otlp.ts';
import { openAmqpChannel } from '../../kit/brokers/amqpChannel.ts';
import { startCollector, takesAll } from '../../kit/telemetry/collector.ts';
import { startScriptedRuntime, type Script } from '../../kit/runtimes/scriptedRuntime.ts';
import { sharedBroker } from '../../kit/brokers/sharedBroker.ts';
import { startSidecarProcess, type SidecarProcess } from '../../kit/processes/sidecarProcess.ts';
import { drawing } from '../../kit/telemetry/spanTree.ts';
import { assertInside } from '../../kit/telemetry/spanTimes.ts';

/** The traces that sidecar processes export, as a collector receives them. */

const JOURNEYS = 200;

const failed = JSON.stringify({ error: 'failed', message: 'no image', type: 'ValueError' });
const again = JSON.stringify({ error: 'failed', message: 'not now', type: 'Transient' });

/** The payload is the journey's number; the payloads of its children are `<number>/<child>`. */
function createScripts(): Record<string, Script> {
  const seen = new Set<string>();
  return {
    prep: (payload) => payload,
    split: (payload) => JSON.stringify([0, 1, 2, 3, 4].map((child) => `${payload}/${child}`)),
    post: (payload) => {
      if (payload.endsWith('/1"')) return failed;
      const isFirst = !seen.has(payload);
      seen.add(payload);
      return payload.endsWith('/2"') && isFirst ? again : payload;
    },
  };
}

interface Produced {
  readonly amqp: object;
  readonly own: object;
  /** The id of the producer's trace, if it has one. */
  readonly trace?: string;
}

/** Producers that set no trace context, one of the two, both, and two different ones. */
const PRODUCERS: readonly ((trace: string) => Produced)[] = [
  () => ({ amqp: {}, own: {} }),
  (trace) => ({ amqp: contextIn(trace), own: {}, trace }),
  (trace) => ({ amqp: {}, own: contextIn(trace), trace }),
  (trace) => ({ amqp: contextIn(trace), own: contextIn(trace), trace }),
  (trace) => ({ amqp: contextIn('d'.repeat(32)), own: contextIn(trace), trace }),
];

function contextIn(trace: string): object {
  return { traceparent: `00-${trace}-1234567890abcdef-01` };
}

test('200 interleaved journeys on a broker are 200 trees at a collector', async (t) => {
  const { url, requests } = await startCollector(t, takesAll);
  const { send, stopWhenAllHaveEnded } = await openPipeline(t, url);
  const traces = new Map<string, string | undefined>();
  for (let index = 0; index < JOURNEYS; index++) {
    const id = `journey-${index}`;
    const trace = `a${index.toString(16).padStart(31, '0')}`;
    const produced = PRODUCERS[index % PRODUCERS.length]?.(trace) ?? assert.fail();
    traces.set(id, produced.trace);
    send(id, index, produced);
  }
  await stopWhenAllHaveEnded();

  const { spans, skippedLines } = readTraces((requests.get('/v1/traces') ?? []).join('\n'));
  assert.deepEqual(skippedLines, []);
  assertInside(spans);
  const byTrace = Map.groupBy(
    spans.filter(({ attributes }) => attributes.has('asya.journey.id')),
    ({ traceId }) => traceId,
  );
  assert.equal(byTrace.size, JOURNEYS);
  const journeys = new Set<string>();
  for (const [traceId, tree] of byTrace) {
    const [id = '', ...others] = new Set(
      tree.map(({ attributes }) => String(attributes.get('asya.journey.id'))),
    );
    assert.deepEqual(others, [], 'each trace has one journey');
    assert.equal(draw(tree), TREE, id);
    assert.equal(traceId, traces.get(id) ?? traceId);
    journeys.add(id);
  }
  assert.deepEqual(journeys, new Set(traces.keys()));
});

const FORWARDED = `
      publish post
        process post · outcome=forward
          call post
          publish happy-end
            process happy-end · outcome=end`;

const TREE = drawing(`
process prep · outcome=forward
  call prep
  publish split
    process split · outcome=fanout
      call split
      publish post
        process post · outcome=error_end · error: ValueError: no image
          call post · error: ValueError: no image
          publish error-end
            process error-end · outcome=end${FORWARDED}${FORWARDED}${FORWARDED}
      publish post
        process post · outcome=retry · error: Transient: not now
          call post · error: Transient: not now
          publish post
            process post · outcome=forward
              call post
              publish happy-end
                process happy-end · outcome=end
`);

/** Sorts siblings by name, because their order in time is random. */
function draw(spans: readonly TracedSpan[]): string {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const drawBelow = (parent: string | undefined, depth: number): string[] =>
    spans
      .filter(
        ({ parentSpanId = '' }) => (ids.has(parentSpanId) ? parentSpanId : undefined) === parent,
      )
      .map((span) =>
        [`${'  '.repeat(depth)}${describe(span)}`, ...drawBelow(span.spanId, depth + 1)].join('\n'),
      )
      .toSorted();
  return drawBelow(undefined, 0).join('\n');
}

function describe({ name, attributes, failed, message }: TracedSpan): string {
  const outcome = attributes.get('asya.outcome');
  return [
    name.replace(/-[0-9a-f]{8}$/, ''),
    ...(outcome === undefined ? [] : [`outcome=${String(outcome)}`]),
    ...(failed ? [`error: ${message ?? ''}`] : []),
  ].join(' · ');
}

interface Pipeline {
  readonly send: (id: string, payload: unknown, produced: Produced) => void;
  /** Resolves when every sidecar has sent its telemetry and has exited. */
  readonly stopWhenAllHaveEnded: () => Promise<void>;
}

/** Three actors and both ends, each a sidecar process. */
async function openPipeline(t: TestContext, collector: string): Promise<Pipeline> {
  const run = randomUUID().slice(0, 8);
  const named = (actor: string): string => `${actor}-${run}`;
  const exchange = `exchange-${run}`;
  const directory = await mkdtemp(join(tmpdir(), 'asya-interleaved-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const variables = {
    ASYA_RABBITMQ_URL: sharedBroker().url,
    ASYA_RABBITMQ_EXCHANGE: exchange,
    ASYA_ACTOR_HAPPY_END: named('happy-end'),
    ASYA_ACTOR_ERROR_END: named('error-end'),
    ASYA_CONCURRENCY: '8',
    ASYA_RETRY_BACKOFF: '50ms',
    ASYA_RETRY_ERRORS: 'Transient',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    // Large enough that a slow machine drops nothing.
    OTEL_BSP_MAX_QUEUE_SIZE: '10000',
  };
  const start = async (actor: string, more: Record<string, string>): Promise<SidecarProcess> => {
    const sidecar = await startSidecarProcess({
      ...variables,
      ASYA_ACTOR_NAME: named(actor),
      ...more,
    });
    t.after(sidecar.close);
    await sidecar.ready();
    return sidecar;
  };
  // Started one after the other: in parallel, each might exceed its start timeout.
  const happyEnd = await start('happy-end', { ASYA_RUNTIME_PROTOCOL: 'none' });
  const errorEnd = await start('error-end', { ASYA_RUNTIME_PROTOCOL: 'none' });
  const actors: SidecarProcess[] = [];
  for (const [actor, script] of Object.entries(createScripts())) {
    const socketDir = join(directory, actor);
    await mkdir(socketDir);
    const runtime = await startScriptedRuntime(join(socketDir, 'asya-runtime.sock'), script);
    t.after(() => runtime.stop());
    actors.push(await start(actor, { ASYA_SOCKET_DIR: socketDir }));
  }
  const channel = await openAmqpChannel(t, sharedBroker().url);
  const route = { actors: ['prep', 'split', 'post'].map(named), current: 0 };
  return {
    send(id, payload, { amqp, own }) {
      const body = Buffer.from(JSON.stringify({ id, route, headers: own, payload }));
      channel.publish(exchange, named('prep'), body, { headers: { ...amqp } });
    },
    async stopWhenAllHaveEnded() {
      await Promise.all([hasEnded(happyEnd, JOURNEYS * 4), hasEnded(errorEnd, JOURNEYS)]);
      const sidecars = [happyEnd, errorEnd, ...actors];
      for (const sidecar of sidecars) sidecar.kill('SIGTERM');
      const codes = await Promise.all(sidecars.map((sidecar) => sidecar.ended()));
      assert.deepEqual(new Set(codes), new Set([0]));
    },
  };
}

async function hasEnded(end: SidecarProcess, envelopes: number): Promise<void> {
  for (let index = 0; index < envelopes; index++) await end.logged('hop: end');
}
