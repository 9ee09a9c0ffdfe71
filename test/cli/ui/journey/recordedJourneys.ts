import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { readHopLine } from '../../../../src/cli/trace/log/hopLine.ts';
import type { Hop } from '../../../../src/cli/ui/hops/contract.ts';
import type { Journey } from '../../../../src/cli/ui/journey/contract.ts';
import { TraceFiles } from '../../../../src/cli/ui/journey/traces/traceFiles.ts';
import type { Variables } from '../../../kit/processes/sidecarProcess.ts';
import { within } from '../../../kit/processes/until.ts';
import { runPipeline, SENT, type Names } from '../../trace/loggedPipeline.ts';
import { outline, setupJourneys } from './journeyRig.ts';

/**
 * Tests the journeys of a real pipeline, with fan-outs, retries, deferrals, errors and envelopes
 * that cannot be sent: those of its trace file, and those of its hops, have the same rows.
 */
export function recordedJourneys(broker: Variables): void {
  test('the journeys of a pipeline have the same rows from its traces as from its hops', async (t) => {
    const { names, traces: file, logs } = await runPipeline(t, broker);
    const idle = Promise.withResolvers<void>();
    const traces = new TraceFiles({ files: [file], onIdle: idle.resolve });
    t.after(() => traces.stop());
    traces.start();
    await within(idle.promise, 'the end of the trace file');
    const traced = setupJourneys({ traces, hops: undefined, ends: names });
    const recorded = setupJourneys({ traces: undefined, ends: names });
    const hops = (await Promise.all(logs.map(readHops))).flat();
    recorded.addHops(...hops.toSorted((a, b) => Date.parse(a.time) - Date.parse(b.time)));
    const ids = [...Object.keys(SENT), 'lost'];
    for (const id of ids) {
      const [expected, actual] = [await traced.find(id), await recorded.find(id)];
      assert.deepEqual(describe(actual, names), describe(expected, names), id);
      checkParts(expected);
    }
    const listed = (await traced.list()).journeys;
    assert.deepEqual(listed.map(({ id }) => id).toSorted(), ids.toSorted());
    const states = new Map(listed.map(({ id, state }) => [id, state]));
    assert.deepEqual(
      ['plain', 'empty', 'fanout', 'deferred', 'spent', 'lost'].map((id) => states.get(id)),
      ['done', 'done', 'failed', 'done', 'failed', 'failed'],
    );
  });
}

async function readHops(log: string): Promise<readonly Hop[]> {
  const hops: Hop[] = [];
  for await (const line of createInterface(createReadStream(log))) {
    const hop = readHopLine(line);
    if (hop === undefined) continue;
    hops.push({
      number: 0,
      time: new Date(hop.endMs).toISOString(),
      actor: hop.actor,
      id: hop.id,
      journey: hop.journeyId,
      outcome: hop.outcome,
      ...(hop.code === undefined ? {} : { code: hop.code }),
      ...(hop.reason === undefined ? {} : { reason: hop.reason }),
      next: hop.destination === undefined ? [] : [hop.destination],
      attempt: hop.attempt,
      durationMs: hop.endMs - hop.startMs,
      runtimeMs: hop.runtimeMs ?? 0,
    });
  }
  return hops;
}

/** What does not depend on times. Rows that began at about the same time may change places. */
function describe(journey: Journey, names: Names): unknown {
  const { id, state, hops, rows, stops, waiting } = journey;
  const known = new Map(Object.entries(names).map(([role, name]) => [name, role]));
  const named = (name: string): string => known.get(name) ?? name;
  return {
    id,
    state,
    hops,
    rows: outline(rows).toSorted(),
    failures: rows.filter(({ isFailure }) => isFailure).map(({ name, code }) => [name, code]),
    stops: stops
      .map((stop) => [named(stop.name), stop.state, stop.hops, stop.failed, stop.repeated].join())
      .toSorted(),
    waiting: waiting.map(({ actor, count }) => [actor, count]),
  };
}

/** The parts of a row are in order, do not overlap, and end with the hop. */
function checkParts({ rows, durationMs }: Journey): void {
  for (const { parts, name } of rows) {
    assert.ok(parts.length > 0, name);
    let atMs = Number.NEGATIVE_INFINITY;
    for (const { startMs, endMs } of parts) {
      assert.ok(startMs >= atMs && endMs >= startMs && endMs <= durationMs + 0.001, name);
      atMs = endMs;
    }
  }
}
