import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { ActorGraph, type GraphPart } from '../../../../src/cli/ui/pipeline/actorGraph.ts';
import type { ActorHistory, Pipeline } from '../../../../src/cli/ui/pipeline/contract.ts';
import { LivePipeline } from '../../../../src/cli/ui/pipeline/livePipeline.ts';
import { createPipelineRoutes } from '../../../../src/cli/ui/pipeline/pipelineRoutes.ts';
import { until } from '../../../kit/processes/until.ts';
import { testConfig } from '../../../kit/rigs/testConfig.ts';
import { startFakeSidecar } from '../../../kit/telemetry/fakeSidecar.ts';
import { startUiServer } from '../../../kit/ui/uiServer.ts';

interface SetupOptions {
  readonly ports?: readonly number[];
  readonly parts?: () => readonly GraphPart[];
}

/** Serves a pipeline whose broker has three messages in each queue. */
async function setup(t: TestContext, { ports = [], parts = () => [] }: SetupOptions = {}) {
  const state = { ready: 3 };
  const errors: string[] = [];
  const inspect = async () => ({
    exists: true,
    consumers: 1,
    leased: undefined,
    ...state,
    delayed: 0,
  });
  const pipeline = new LivePipeline({
    config: testConfig(),
    graph: new ActorGraph(['happy-end', 'error-end']),
    transport: () => ({ inspect }),
    sidecars: () =>
      ports.map((port) => {
        const endpoint = { host: '127.0.0.1', port, hostHeader: 'infer' };
        return { address: `127.0.0.1:${port}`, endpoint, problem: undefined, actor: undefined };
      }),
    otherParts: parts,
    log: { error: (_: unknown, message?: string) => void errors.push(message ?? '') },
    scrapeIntervalMs: 20,
    countIntervalMs: 20,
  });
  pipeline.start();
  t.after(() => pipeline.stop());
  const { open, send } = await startUiServer(t, { routes: createPipelineRoutes(pipeline) });
  const lines: Pipeline[] = [];
  const follow = async (): Promise<void> => {
    const response = await open('/api/pipeline');
    t.after(() => response.destroy());
    createInterface(response).on('line', (line) => void lines.push(JSON.parse(line) as Pipeline));
    await until(() => lines.length > 0, 'the first line');
  };
  return { pipeline, state, lines, errors, follow, send };
}

/** Waits for the rounds of readings within some seconds. */
async function pass({ changes }: LivePipeline, seconds: number): Promise<void> {
  const endMs = performance.now() + seconds * 1_000;
  while (performance.now() < endMs) await changes.wait();
}

test('without sidecars, the ends are shown with their queues', async (t) => {
  const { lines, follow } = await setup(t);
  await follow();
  await until(() => lines.at(-1)?.actors[0]?.queue !== undefined, 'the queues');
  assert.deepEqual(lines.at(-1)?.actors, [
    {
      name: 'happy-end',
      kind: 'happy_end',
      sidecars: [],
      queue: { exists: true, ready: 3, retry: 0, consumers: 1 },
    },
    {
      name: 'error-end',
      kind: 'error_end',
      sidecars: [],
      queue: { exists: true, ready: 3, retry: 0, parked: 3, consumers: 1 },
    },
  ]);
});

test('the actors and edges of other sources are shown without rates', async (t) => {
  const parts = () => [{ actors: ['prep', 'infer'], edges: [{ from: 'prep', to: 'infer' }] }];
  const { lines, follow } = await setup(t, { parts });
  await follow();
  await until(() => lines.at(-1)?.edges.length === 1, 'the edge');
  assert.deepEqual(lines.at(-1)?.edges, [{ from: 'prep', to: 'infer' }]);
  assert.deepEqual(
    lines.at(-1)?.actors.map(({ name }) => name),
    ['happy-end', 'error-end', 'prep', 'infer'],
  );
});

test('an internal error in a round is logged, and the next round follows', async (t) => {
  let calls = 0;
  const parts = (): readonly GraphPart[] => {
    if (++calls < 3) throw new Error('broken');
    return [{ actors: ['infer'], edges: [] }];
  };
  const { pipeline, errors } = await setup(t, { parts });
  await until(() => pipeline.snapshot().actors.length === 3, 'the actor');
  assert.deepEqual(errors, ['pipeline not read', 'pipeline not read']);
});

test('a line follows a change, at most once a second, and none without a change', async (t) => {
  const { lines, follow, state, pipeline } = await setup(t);
  await until(() => pipeline.snapshot().actors[0]?.queue !== undefined, 'the queues');
  await follow();
  const start = performance.now();
  for (state.ready = 4; state.ready < 60; state.ready++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  await until(() => lines.at(-1)?.actors[0]?.queue?.ready === 60, 'the last change');
  const seconds = (performance.now() - start) / 1_000;
  assert.ok(lines.length <= 2 + seconds, `${lines.length} lines in ${seconds} s`);
  const count = lines.length;
  await pass(pipeline, 1.5);
  assert.equal(lines.length, count);
});

test('replicas are summed, and each edge has the rate of its sender', async (t) => {
  const [a, b] = await Promise.all([
    startFakeSidecar(t, { actor: 'infer', hops: 0, sent: { 'happy-end': 1 } }),
    startFakeSidecar(t, { actor: 'infer', hops: 0, sent: { 'happy-end': 1 } }),
  ]);
  const { pipeline } = await setup(t, { ports: [a.port, b.port] });
  const inferOf = ({ actors }: Pipeline) => actors.find(({ name }) => name === 'infer');
  await until(() => inferOf(pipeline.snapshot())?.rates?.hops === 0, 'the first rate');
  for (const fake of [a, b])
    fake.counts = { actor: 'infer', hops: 1_000_000, sent: { 'happy-end': 1_000_001 } };
  await until(() => (inferOf(pipeline.snapshot())?.rates?.hops ?? 0) > 0, 'a rate');
  await pipeline.changes.wait();
  const snapshot = pipeline.snapshot();
  const { rates, times, sidecars } = inferOf(snapshot) ?? assert.fail();
  const [edge] = snapshot.edges;
  assert.equal(sidecars.length, 2);
  assert.deepEqual([edge?.from, edge?.to], ['infer', 'happy-end']);
  assert.ok(Math.abs((edge?.rate ?? 0) / (rates?.hops ?? 1) - 1) < 0.01);
  assert.deepEqual(times, { queueP50: 100, queueP95: 910 });
  assert.deepEqual(pipeline.sources(), [
    { address: `127.0.0.1:${a.port}`, actor: 'infer' },
    { address: `127.0.0.1:${b.port}`, actor: 'infer' },
  ]);
});

test('the history of an actor has its last 120 points, and an unknown actor none', async (t) => {
  const { send, pipeline } = await setup(t);
  const read = async (name: string) => {
    const { status, body } = await send(`/api/pipeline/actors/${name}`);
    return { status, history: JSON.parse(body) as Partial<ActorHistory> & { error?: string } };
  };
  await until(() => (pipeline.history('error-end')?.length ?? 0) === 120, '120 points', 20_000);
  await pass(pipeline, 0.2);
  const { history } = await read('error-end');
  assert.equal(history.points?.length, 120);
  assert.equal(history.points?.at(-1)?.ready, 3);
  const { status, history: unknown } = await read('a%20b');
  assert.deepEqual([status, unknown.error], [404, 'no source has named actor "a b"']);
});
