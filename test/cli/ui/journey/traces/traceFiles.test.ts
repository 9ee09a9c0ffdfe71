import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  TraceFiles,
  type TraceFilesOptions,
} from '../../../../../src/cli/ui/journey/traces/traceFiles.ts';
import { until } from '../../../../kit/processes/until.ts';
import { hopSpan, otlpLine } from '../../../../kit/telemetry/otlpLines.ts';

/** Follows one file, which does not exist yet. */
function setup(t: TestContext, options: Partial<TraceFilesOptions> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'asya-trace-'));
  const file = join(directory, 'traces.jsonl');
  const traces = new TraceFiles({ files: [file], pollMs: 5, ...options });
  t.after(() => {
    traces.stop();
    rmSync(directory, { recursive: true });
  });
  const journeys = (): readonly string[] =>
    traces.store
      .newest(100)
      .map(({ id }) => id)
      .toSorted();
  return {
    directory,
    file,
    traces,
    journeys,
    source: () => traces.sources()[0],
    untilJourneys: (...ids: readonly string[]) =>
      until(() => journeys().join() === ids.join(), `journeys ${ids.join()}`),
  };
}

function line(journey: string): string {
  return otlpLine(hopSpan(journey, 'infer', { spanId: `span of ${journey}`, traceId: journey }));
}

test('a file that does not exist yet is a state, and is read when it appears', async (t) => {
  const { file, traces, source, untilJourneys } = setup(t);
  traces.start();
  await until(() => source()?.problem !== undefined, 'the problem');
  assert.deepEqual(source(), { file, journeys: 0, problem: 'the file does not exist yet' });
  writeFileSync(file, line('env-1'));
  await untilJourneys('env-1');
  await until(() => source()?.problem === undefined, 'the end of the problem');
  assert.deepEqual(source(), { file, journeys: 1 });
});

test('a file is followed as it grows, also within a line', async (t) => {
  const { file, traces, untilJourneys } = setup(t);
  writeFileSync(file, line('env-1'));
  traces.start();
  await untilJourneys('env-1');
  const next = line('env-2');
  appendFileSync(file, next.slice(0, 20));
  appendFileSync(file, next.slice(20) + line('env-3'));
  await untilJourneys('env-1', 'env-2', 'env-3');
});

test('a rotated file is read to its end, then its successor', async (t) => {
  const { file, traces, untilJourneys } = setup(t);
  writeFileSync(file, line('env-1'));
  traces.start();
  await untilJourneys('env-1');
  appendFileSync(file, line('env-2'));
  renameSync(file, `${file}.1`);
  writeFileSync(file, line('env-3'));
  await untilJourneys('env-1', 'env-2', 'env-3');
});

test('a truncated file is read from its beginning', async (t) => {
  const { file, traces, untilJourneys } = setup(t);
  writeFileSync(file, line('a-journey-with-a-long-id'));
  traces.start();
  await untilJourneys('a-journey-with-a-long-id');
  truncateSync(file);
  appendFileSync(file, line('b'));
  await untilJourneys('a-journey-with-a-long-id', 'b');
});

test('a gzipped file is decompressed, also members that are appended to it', async (t) => {
  const { file, traces, untilJourneys } = setup(t);
  writeFileSync(file, gzipSync(line('env-1')));
  traces.start();
  await untilJourneys('env-1');
  appendFileSync(file, gzipSync(line('env-2')));
  await untilJourneys('env-1', 'env-2');
});

test('of a large file, only whole lines at its end are read, and the source has a gap', async (t) => {
  const { file, traces, source, untilJourneys } = setup(t, {
    maxBacklogBytes: line('env-2').length + 5,
  });
  writeFileSync(file, line('env-1') + line('env-2'));
  traces.start();
  await untilJourneys('env-2');
  assert.equal(source()?.gap, 'the first 1 MB of the file were not read');
  renameSync(file, `${file}.1`);
  writeFileSync(file, line('env-3'));
  await untilJourneys('env-2', 'env-3');
  assert.equal(source()?.gap, undefined);
});

test('lines that are not OTLP requests are skipped; a file without any other is a problem', async (t) => {
  const { file, traces, source, untilJourneys } = setup(t);
  writeFileSync(file, '{"level":"info"}\n[]\n');
  traces.start();
  await until(() => source()?.problem !== undefined, 'the problem');
  assert.equal(source()?.problem, 'no line is an OTLP request in JSON');
  appendFileSync(file, line('env-1'));
  await untilJourneys('env-1');
  assert.equal(source()?.problem, undefined);
});

test('a directory is a problem, not a crash', async (t) => {
  const { file, traces, source } = setup(t);
  mkdirSync(file);
  traces.start();
  await until(() => source()?.problem === 'not a regular file', 'the problem');
});

test('a damaged gzip file is a problem, not a crash', async (t) => {
  const { file, traces, source } = setup(t);
  const bytes = gzipSync(line('env-1'));
  bytes.fill(0xff, 12);
  writeFileSync(file, bytes);
  traces.start();
  await until(() => source()?.problem !== undefined, 'the problem');
  assert.match(source()?.problem ?? '', /^(?:invalid|incorrect|unknown|unexpected)/);
});

test('a source names the journeys of its file', async (t) => {
  const { directory, file } = setup(t);
  const other = join(directory, 'other.jsonl');
  writeFileSync(file, line('env-1') + line('env-2'));
  writeFileSync(other, line('env-2'));
  const traces = new TraceFiles({ files: [file, other, file], pollMs: 5 });
  t.after(() => traces.stop());
  traces.start();
  await until(() => traces.sources().every(({ journeys }) => journeys > 0), 'both files');
  assert.deepEqual(
    traces.sources().map(({ journeys }) => journeys),
    [2, 1],
  );
});
