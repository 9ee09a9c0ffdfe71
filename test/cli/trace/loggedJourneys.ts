import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { Journey } from '../../../src/cli/trace/journeys/journey.ts';
import type { Step } from '../../../src/cli/trace/journeys/steps.ts';
import { readLoggedJourneys, readTracedJourneys } from '../../../src/cli/trace/readJourneys.ts';
import type { Variables } from '../../kit/processes/sidecarProcess.ts';
import { runPipeline, SENT } from './loggedPipeline.ts';

/** One line for each step, without times. Steps that began at about the same time are sorted. */
function describe(journey: Journey): string[] {
  const lines = (steps: readonly Step[], depth: number): string[] =>
    steps
      .map((step) => [describeStep(step, depth), ...lines(step.next, depth + 1)].join('\n'))
      .toSorted();
  const { id, hops, ends, traces, failed, actors, pending } = journey;
  const title = `${id}: ${hops} hops, ${traces} traces, ${ends.join('+')}, ${failed ? 'failed' : 'ok'}`;
  const waits = pending.map(({ actor, count }) => `${count} wait for ${actor}`);
  return [title, [...actors].toSorted().join(), ...waits, ...lines(journey.roots, 1)];
}

function describeStep({ span, calls, via, fanoutIndex }: Step, depth: number): string {
  const { attributes, failed, message } = span;
  const names = ['asya.actor', 'asya.attempt', 'asya.outcome', 'error.type', 'asya.end'];
  const values = names.map((name) => attributes.get(name) ?? '-');
  const error = failed ? ` "${message}"` : '';
  return `${'  '.repeat(depth)}${via ?? 'next'} ${fanoutIndex ?? '-'}: ${values.join(' ')} ${calls.length} calls${error}`;
}

/**
 * Tests that the journeys in the logs of sidecars have the structure of those in their traces, for
 * journeys with fan-outs, retries, deferrals, errors and envelopes that cannot be sent.
 */
export function loggedJourneys(broker: Variables): void {
  test('the journeys in logs have the same structure as those in traces', async (t) => {
    const { names, traces, logs } = await runPipeline(t, broker);
    const stdin = Readable.from([]);
    const warn = (line: string): void => assert.fail(line);
    const traced = await readTracedJourneys([traces], { stdin, warn });
    const read = (files: readonly string[], ids: readonly string[]): Promise<readonly Journey[]> =>
      readLoggedJourneys(files, { stdin, ends: names, ids });
    const logged = describeAll(await read(logs, []));
    assert.equal(logged, describeAll(traced));
    assert.equal(traced.length, Object.keys(SENT).length + 1);
    assert.match(logged, /^ +next 2: /m);
    assert.match(logged, /^fanout: 8 hops, 1 traces, error-end\+happy-end, failed$/m);

    const twice = await read([...logs, ...logs], ['fanout']);
    assert.deepEqual(
      twice.map(({ id, hops }) => [id, hops]),
      [['fanout', 8]],
    );
  });
}

function describeAll(journeys: readonly Journey[]): string {
  return journeys
    .map((journey) => describe(journey).join('\n'))
    .toSorted()
    .join('\n\n');
}
