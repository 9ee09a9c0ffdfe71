import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { traceCommand } from '../../../src/cli/trace.ts';

const HOPS_OF_ONE_JOURNEY = 20_000;
/** More than a function may have as arguments. */
const JOURNEYS = 150_000;

test('draws a journey that is deeper than the stack, and keeps its names readable', async (t) => {
  const file = writeTraces(t, HOPS_OF_ONE_JOURNEY, (index) => ({
    journey: 'env-1',
    parentSpanId: index === 0 ? '' : String(index - 1),
  }));
  const out = await trace(file);
  assert.match(out, /^journey env-1 · 20000 hops/);
  assert.equal(out.match(/^ *infer /gm)?.length, HOPS_OF_ONE_JOURNEY);
});

test('draws a fan-out that is wider than the arguments of a function', async (t) => {
  const file = writeTraces(t, JOURNEYS, (index) => ({
    journey: 'env-1',
    parentSpanId: index === 0 ? '' : '0',
  }));
  assert.match(await trace(file), /^journey env-1 · 150000 hops/);
});

test('lists more journeys than a function may have arguments', async (t) => {
  const file = writeTraces(t, JOURNEYS, (index) => ({ journey: `env-${index}`, parentSpanId: '' }));
  const out = await trace(file);
  assert.equal(out.match(/env-\d+$/gm)?.length, JOURNEYS);
});

test('a line is ended by a line feed alone, however its bytes are read', async (t) => {
  const journey = `\u2028${'ä'.repeat(700_000)}`;
  const file = writeTraces(t, 3, () => ({ journey, parentSpanId: '' }));
  assert.match(await trace(file), / · 3 hops · /);
});

interface Given {
  readonly journey: string;
  readonly parentSpanId: string;
}

/** A file of hops, one a line. */
function writeTraces(t: TestContext, hops: number, given: (index: number) => Given): string {
  const directory = mkdtempSync(join(tmpdir(), 'asya-trace-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'traces.jsonl');
  const lines = Array.from({ length: hops }, (_, index) => {
    const { journey, parentSpanId } = given(index);
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
  const out: string[] = [];
  const terminal = {
    out: (text: string) => void out.push(text),
    err: (text: string) => assert.fail(text),
    width: 100,
    colour: false,
  };
  assert.equal(await traceCommand([file], terminal), 0);
  return out.join('');
}
