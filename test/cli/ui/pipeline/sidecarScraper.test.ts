import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HopSource } from '../../../../src/cli/ui/hops/followedHops.ts';
import { SidecarClient } from '../../../../src/cli/ui/pipeline/sidecarClient.ts';
import {
  SidecarScraper,
  type SidecarReading,
} from '../../../../src/cli/ui/pipeline/sidecarScraper.ts';
import { MIB } from '../../../../src/units.ts';
import { startFakeSidecar, type FakeAnswer } from '../../../kit/telemetry/fakeSidecar.ts';

function sourceOf(port: number, given: Partial<HopSource> = {}): HopSource {
  const endpoint = { host: '127.0.0.1', port, hostHeader: `127.0.0.1:${port}` };
  return { address: endpoint.hostHeader, endpoint, problem: undefined, actor: undefined, ...given };
}

/** Scrapes sidecars whose list the test may change. */
function scraperOf(sources: HopSource[], timeoutMs = 2_000) {
  const scraper = new SidecarScraper(() => sources, new SidecarClient(timeoutMs));
  return {
    scraper,
    /** Scrapes once; returns the first reading. */
    read: async (): Promise<SidecarReading> => {
      await scraper.scrape();
      return scraper.readings()[0] ?? assert.fail('no reading');
    },
  };
}

const answerWith =
  (status: number, body: string): FakeAnswer =>
  (_, response) =>
    void response.writeHead(status).end(body);

test('a sidecar is ready, and its second reading has an increase', async (t) => {
  const fake = await startFakeSidecar(t, {
    actor: 'infer',
    hops: 10,
    sent: { post: 10, other: 0 },
  });
  const { read } = scraperOf([sourceOf(fake.port)]);
  const first = await read();
  assert.deepEqual(first.state, { address: `127.0.0.1:${fake.port}`, isReady: true, problems: [] });
  assert.deepEqual([first.actor, first.increase], ['infer', undefined]);
  assert.deepEqual(first.destinations, ['post']);
  fake.counts = { actor: 'infer', hops: 15, sent: { post: 14 } };
  const { counts } = (await read()).increase ?? assert.fail('no increase');
  assert.deepEqual([counts.hops, counts.sent.get('post')], [5, 4]);
});

test('the reasons of a sidecar that is not ready are listed', async (t) => {
  const fake = await startFakeSidecar(t, { actor: 'infer', hops: 0 });
  fake.answers = { '/readyz': answerWith(503, '{"ready":false,"problems":["runtime: absent"]}') };
  const { state } = await scraperOf([sourceOf(fake.port)]).read();
  assert.deepEqual([state.isReady, state.problems], [false, ['runtime: absent']]);
});

const PROBLEMS: readonly (readonly [string, Record<string, FakeAnswer>, string])[] = [
  [
    'metrics that are disabled',
    { '/metrics': answerWith(404, 'metrics are disabled\n') },
    'no metrics: metrics are disabled; set ASYA_METRICS_ENABLED=true for the sidecar',
  ],
  [
    'metrics without an SDK',
    { '/metrics': answerWith(503, 'no metrics: OTEL_SDK_DISABLED is true\n') },
    'no metrics: /metrics answers 503 no metrics: OTEL_SDK_DISABLED is true',
  ],
  [
    'the metrics of another program',
    { '/metrics': answerWith(200, '<html>\n') },
    'no metrics: /metrics has no metrics of a sidecar',
  ],
  [
    'a huge body',
    { '/metrics': answerWith(200, 'x'.repeat(5 * MIB)) },
    'no metrics: the answer is longer than 4096 KiB',
  ],
  [
    'a server that is not a sidecar',
    { '/readyz': answerWith(404, 'not found') },
    '/readyz answers 404, and is not that of a sidecar',
  ],
  [
    'a connection that is cut',
    { '/readyz': ({ socket }) => void socket.destroy() },
    'connection lost',
  ],
];

for (const [name, answers, problem] of PROBLEMS) {
  test(`${name} is a problem with its reason`, async (t) => {
    const fake = await startFakeSidecar(t, { actor: 'infer', hops: 0 });
    fake.answers = answers;
    const { state } = await scraperOf([sourceOf(fake.port)]).read();
    assert.deepEqual(state.problems, [problem]);
  });
}

test('an answer that does not end within the limit is given up', async (t) => {
  const fake = await startFakeSidecar(t, { actor: 'infer', hops: 0 });
  fake.answers = { '/metrics': (_, response) => void response.write('asya_'), '/readyz': () => {} };
  const { state } = await scraperOf([sourceOf(fake.port)], 50).read();
  assert.deepEqual(state.problems, ['no answer within 0.05 s']);
});

test('a sidecar that does not answer keeps its actor, and has no numbers of gauges', async (t) => {
  const fake = await startFakeSidecar(t, { actor: 'infer', hops: 0, sent: { post: 1 } });
  const { read } = scraperOf([sourceOf(fake.port, { problem: 'closed by the sidecar' })]);
  await read();
  await fake.close();
  const { actor, state, destinations } = await read();
  assert.deepEqual([actor, destinations], ['infer', []]);
  assert.deepEqual(state, {
    address: `127.0.0.1:${fake.port}`,
    problems: [`connect ECONNREFUSED 127.0.0.1:${fake.port}`],
  });
});

test('a sidecar whose metrics fail keeps its actor, and has no numbers of gauges', async (t) => {
  const fake = await startFakeSidecar(t, { actor: 'infer', hops: 0, sent: { post: 1 } });
  const { read } = scraperOf([sourceOf(fake.port)]);
  await read();
  fake.answers = { '/metrics': answerWith(500, 'broken') };
  const { actor, state, destinations } = await read();
  assert.deepEqual([actor, state.isReady, destinations], ['infer', true, []]);
});

test('a sidecar without metrics has the actor of its hops', async (t) => {
  const fake = await startFakeSidecar(t, { actor: 'infer', hops: 0 });
  fake.answers = { '/metrics': answerWith(404, '') };
  const { actor } = await scraperOf([sourceOf(fake.port, { actor: 'seen' })]).read();
  assert.equal(actor, 'seen');
});

test('hops that are refused are a problem that names the option', async (t) => {
  const fake = await startFakeSidecar(t, { actor: 'infer', hops: 0 });
  const problem = '401 a bearer token is required';
  const { state, hopsProblem } = await scraperOf([sourceOf(fake.port, { problem })]).read();
  assert.deepEqual(state.problems, [`no hops: ${problem}; see --hops-token-file`]);
  assert.equal(hopsProblem, problem);
});

test('an address that leads to several sidecars in turn has no rates, and the reason', async (t) => {
  const fake = await startFakeSidecar(t, { actor: 'infer', hops: 100, processStart: 1 });
  const { scraper, read } = scraperOf([sourceOf(fake.port)]);
  await read();
  fake.counts = { actor: 'infer', hops: 7, processStart: 2 };
  await read();
  fake.counts = { actor: 'infer', hops: 101, processStart: 1 };
  const { increase, state } = await read();
  assert.equal(increase, undefined);
  assert.match(state.problems[0] ?? '', /^this address leads to several sidecars in turn/);
  for (let reading = 0; reading < 11; reading++) await read();
  assert.equal(scraper.readings()[0]?.state.problems.length, 1);
  await read();
  fake.counts = { actor: 'infer', hops: 105, processStart: 1 };
  const settled = await read();
  assert.deepEqual(settled.state.problems, []);
  assert.equal(settled.increase?.counts.hops, 4);
});

test('an address that has left is forgotten', async (t) => {
  const fake = await startFakeSidecar(t, { actor: 'infer', hops: 0 });
  const sources = [sourceOf(fake.port)];
  const { scraper, read } = scraperOf(sources);
  await read();
  sources.pop();
  await scraper.scrape();
  assert.deepEqual(scraper.readings(), []);
  sources.push(sourceOf(fake.port));
  assert.deepEqual(scraper.readings()[0]?.state.problems, []);
});

test('sixty sidecars are read, at most twenty at a time, and one that hangs delays none', async (t) => {
  let [open, most] = [0, 0];
  const fakes = await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      startFakeSidecar(t, { actor: `actor-${index}`, hops: index }),
    ),
  );
  for (const [index, fake] of fakes.entries()) {
    fake.answers = {
      '/readyz': (_, response) => {
        most = Math.max(most, ++open);
        if (index === 0) return; // never answers
        setImmediate(() => {
          open--;
          response.end('{"ready":true,"problems":[]}');
        });
      },
    };
  }
  const { scraper } = scraperOf(
    fakes.map(({ port }) => sourceOf(port)),
    1_000,
  );
  await scraper.scrape();
  const readings = scraper.readings();
  assert.equal(readings.filter(({ state }) => state.isReady).length, 59);
  assert.deepEqual(readings[59]?.actor, 'actor-59');
  assert.deepEqual(readings[0]?.state.problems, ['no answer within 1 s']);
  assert.ok(most <= 20, `${most} at a time`);
  assert.deepEqual(new Set(fakes.map((fake) => fake.scrapes())), new Set([1]));
});
