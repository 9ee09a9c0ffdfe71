import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HistoryPoint } from '../../../../src/cli/ui/pipeline/contract.ts';
import type { Variables } from '../../../kit/processes/sidecarProcess.ts';
import { openPipelineStage } from './pipelineStage.ts';

/** Tests that hold on each broker. */
export function livePipelineTests(open: () => Promise<Variables>): void {
  test('rates, times, queues and edges of real sidecars appear', async (t) => {
    const stage = await openPipelineStage(t, await open());
    const { actor: name, happyEnd, errorEnd } = stage.names;
    const actor = await stage.startActor({ ASYA_RETRY_MAX_ATTEMPTS: '1' });
    const end = await stage.startEnd(happyEnd);
    const observed = stage.observe([actor, end]);
    await observed.shows(({ actors }) => actors.some((it) => it.rates !== undefined), 'rates');
    await stage.send([{ fail: true }, ...Array.from({ length: 9 }, (_, n) => ({ n }))]);
    await observed.shows(
      ({ edges }) => edges.filter(({ rate = 0 }) => rate > 0).length === 2,
      'both edges',
    );
    await observed.shows(
      ({ actors }) => actors.some((it) => it.name === errorEnd && it.queue?.ready === 1),
      'the message at error-end',
    );
    await observed.shows(({ actors }) => {
      const { hops = 0, errors = 1 } = actors.find((it) => it.name === name)?.rates ?? {};
      return Math.abs(hops / errors - 10) < 0.1;
    }, 'ten hops, of which one failed');
    // Queues are counted apart from the metrics.
    await observed.shows(
      ({ actors }) => actors.find((it) => it.name === name)?.queue?.ready === 0,
      'the empty queue',
    );
    const { rates, times, queue, sidecars, kind } = observed.actor(name) ?? assert.fail();
    assert.equal(kind, 'actor');
    assert.equal(rates?.retries, 0);
    assert.deepEqual(Object.keys(times ?? {}), [
      'queueP50',
      'queueP95',
      'runtimeP50',
      'runtimeP95',
    ]);
    assert.deepEqual([queue?.exists, queue?.ready, queue?.retry], [true, 0, 0]);
    assert.deepEqual(
      sidecars.map(({ isReady, problems }) => [isReady, problems]),
      [[true, []]],
    );
    assert.equal(observed.actor(errorEnd)?.queue?.parked, 0);
    const { edges } = observed.pipeline.snapshot();
    assert.deepEqual(
      new Set(edges.map(({ from, to }) => `${from} ${to}`)),
      new Set([`${name} ${errorEnd}`, `${name} ${happyEnd}`]),
    );
    const points = (): readonly HistoryPoint[] => observed.pipeline.history(name) ?? [];
    await observed.shows(
      () => points().some(({ hopRate = 0, ready }) => hopRate > 0 && ready === 0),
      'a point of the history',
    );
  });

  test('messages that wait for their next attempt are counted', async (t) => {
    const stage = await openPipelineStage(t, await open());
    const { actor: name } = stage.names;
    const actor = await stage.startActor({ ASYA_RETRY_MAX_ATTEMPTS: '2' });
    const observed = stage.observe([actor]);
    await observed.shows(({ actors }) => actors.some((it) => it.rates !== undefined), 'rates');
    await stage.send([{ fail: true }, { fail: true }]);
    await observed.shows(
      ({ actors }) => actors.some((it) => it.name === name && it.queue?.retry === 2),
      'the retries',
    );
    await observed.shows(
      ({ actors }) => actors.some((it) => it.name === name && (it.rates?.retries ?? 0) > 0),
      'their rate',
    );
    assert.equal(observed.actor(name)?.rates?.errors, 0);
  });

  test('a sidecar that restarts has its rates again, and one that vanishes its reason', async (t) => {
    const stage = await openPipelineStage(t, await open());
    const { actor: name } = stage.names;
    const first = await stage.startActor();
    const observed = stage.observe([first]);
    await observed.shows(({ actors }) => actors.some((it) => it.rates !== undefined), 'rates');
    await stage.send([{ n: 1 }]);
    await observed.shows(({ edges }) => edges.some(({ rate = 0 }) => rate > 0), 'a rate');
    await first.close();
    const problemsOf = (): readonly string[] => observed.actor(name)?.sidecars[0]?.problems ?? [];
    await observed.shows(
      () => /^connect ECONNREFUSED|^connection lost/.test(problemsOf()[0] ?? ''),
      'the reason',
    );
    assert.equal(observed.actor(name)?.sidecars[0]?.isReady, undefined);

    await stage.startActor({ ASYA_METRICS_ADDR: new URL(first.url).host });
    await observed.shows(() => observed.actor(name)?.sidecars[0]?.isReady === true, 'the restart');
    const rate = (): number => observed.actor(name)?.rates?.hops ?? 0;
    // Without hops, the rate of the last minute only falls.
    let lowest = rate();
    await stage.send([{ n: 2 }, { n: 3 }]);
    await observed.shows(() => {
      const now = rate();
      lowest = Math.min(lowest, now);
      return now > lowest;
    }, 'a rate that rises');
    await observed.shows(() => problemsOf().length === 0, 'no problems');
  });
}
