import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TraceFiles } from '../../../../../src/cli/ui/journey/traces/traceFiles.ts';
import { until } from '../../../../kit/processes/until.ts';
import { hopSpan, otlpLine } from '../../../../kit/telemetry/otlpLines.ts';

/** Follows `*.jsonl` in a folder that is empty. */
function setup(t: TestContext, { maxFiles = 1_000 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'asya-traces-'));
  const pattern = join(folder, '*.jsonl');
  const traces = new TraceFiles({ files: [pattern], pollMs: 5, maxFiles });
  t.after(() => {
    traces.stop();
    rmSync(folder, { recursive: true });
  });
  traces.start();
  return {
    folder,
    pattern,
    traces,
    write: (name: string): void => {
      const span = hopSpan(`journey of ${name}`, 'infer', { spanId: name, traceId: name });
      writeFileSync(join(folder, name), otlpLine(span));
    },
    untilSources: (...expected: readonly string[]): Promise<void> => {
      const sources = (): string =>
        traces
          .sources()
          .map(({ file, journeys, problem }) => problem ?? `${file}: ${journeys}`)
          .toSorted()
          .join();
      return until(() => sources() === expected.toSorted().join(), expected.join());
    },
  };
}

test('files that match a pattern are followed, also those that appear later', async (t) => {
  const { folder, pattern, traces, write, untilSources } = setup(t);
  await untilSources('no file matches yet');
  assert.equal(traces.sources()[0]?.file, pattern);
  write('a.jsonl');
  await untilSources(`${folder}/a.jsonl: 1`);
  write('b.jsonl');
  write('b.txt');
  await untilSources(`${folder}/a.jsonl: 1`, `${folder}/b.jsonl: 1`);
});

test('a file that was removed is followed no more, and its journeys stay', async (t) => {
  const { folder, traces, write, untilSources } = setup(t);
  write('a.jsonl');
  write('b.jsonl');
  await untilSources(`${folder}/a.jsonl: 1`, `${folder}/b.jsonl: 1`);
  rmSync(join(folder, 'a.jsonl'));
  await untilSources(`${folder}/b.jsonl: 1`);
  assert.equal(traces.store.newest(10).length, 2);
});

test('the number of files is limited', async (t) => {
  const { traces, write } = setup(t, { maxFiles: 2 });
  for (const name of ['a.jsonl', 'b.jsonl', 'c.jsonl']) write(name);
  await until(() => traces.sources().length === 3, 'two files and the problem');
  assert.match(traces.sources()[0]?.problem ?? '', /^more than 2 files match/);
});

test('a file whose name looks like a pattern is a file', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'asya-traces-'));
  const file = join(folder, 'a[1].jsonl');
  writeFileSync(file, otlpLine(hopSpan('env-1', 'infer', { spanId: 'a', traceId: 'a' })));
  const traces = new TraceFiles({ files: [file], pollMs: 5 });
  t.after(() => {
    traces.stop();
    rmSync(folder, { recursive: true });
  });
  traces.start();
  await until(() => traces.sources()[0]?.journeys === 1, 'the journey');
});
