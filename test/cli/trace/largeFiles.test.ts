import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { traceCommand } from '../../../src/cli/trace.ts';
import { runCommand } from '../../kit/processes/commandContext.ts';

const HOPS_OF_ONE_JOURNEY = 20_000;
/** More than the largest number of arguments of a function. */
const JOURNEYS = 150_000;

test('a journey may be deeper than the call stack', async (t) => {
  const file = writeTraces(t, HOPS_OF_ONE_JOURNEY, (index) => ({
    journey: 'env-1',
    parentSpanId: index === 0 ? '' : String(index - 1),
  }));
  const out = await trace(file);
  assert.match(out, /^journey env-1 · 20000 hops/);
  assert.equal(out.match(/^ *infer /gm)?.length, HOPS_OF_ONE_JOURNEY);
});

test('a fan-out may be wider than the largest argument list', async (t) => {
  const file = writeTraces(t, JOURNEYS, (index) => ({
    journey: 'env-1',
    parentSpanId: index === 0 ? '' : '0',
  }));
  assert.match(await trace(file), /^journey env-1 · 150000 hops/);
});

test('a list may have more journeys than the largest argument list', async (t) => {
  const file = writeTraces(t, JOURNEYS, (index) => ({ journey: `env-${index}`, parentSpanId: '' }));
  const out = await trace(file);
  assert.equal(out.match(/env-\d+$/gm)?.length, JOURNEYS);
});

test('only a line feed ends a line, and a line may be read in several pieces', async (t) => {
  const journey = `\u2028${'ä'.repeat(700_000)}`;
  const file = writeTraces(t, 3, () => ({ journey, parentSpanId: '' }));
  assert.match(await trace(file), / 3 hops · /);
});

interface Hop {
  readonly journey: string;
  readonly parentSpanId: string;
}

/** Writes a trace file with one hop on each line. */
function writeTraces(t: TestContext, hops: number, hopAt: (index: number) => Hop): string {
  const directory = mkdtempSync(join(tmpdir(), 'asya-trace-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'traces.jsonl');
  const lines = Array.from({ length: hops }, (_, index) => {
    const { journey, parentSpanId } = hopAt(index);
    const attributes = [
      { key: 'asya.journey.id', value: { stringValue: journey } },
      { key: 'asya.actor', value: { stringValue: 'infer' } },
    ];
    const times = {
      startTimeUnixNano: '1795469174164000000',
      endTimeUnixNano: '1795469174174000000',
    };
    const span = {
      traceId: 'a',
      spanId: String(index),
      parentSpanId,
      name: 'process infer',
      ...times,
      attributes,
    };
    return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  });
  writeFileSync(file, lines.join('\n'));
  return file;
}

async function trace(file: string): Promise<string> {
  const { code, out, err } = await runCommand(traceCommand, [file]);
  assert.deepEqual([code, err], [0, '']);
  return out;
}
