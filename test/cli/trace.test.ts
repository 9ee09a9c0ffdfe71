import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { CommandError, UsageError } from '../../src/cli/command/exit.ts';
import { traceCommand } from '../../src/cli/trace.ts';
import { runCommand } from '../kit/processes/commandContext.ts';

/** An OTLP request with one hop, as a collector writes it. */
function request(journey: string, spanId: string, end?: string): string {
  const attributes = [
    { key: 'asya.journey.id', value: { stringValue: journey } },
    { key: 'asya.actor', value: { stringValue: 'infer' } },
    ...(end === undefined ? [] : [{ key: 'asya.end', value: { stringValue: end } }]),
  ];
  const times = {
    startTimeUnixNano: '1795469174164000000',
    endTimeUnixNano: '1795469174174000000',
  };
  const span = { traceId: 'a', spanId, name: 'process infer', kind: 5, ...times, attributes };
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
}

function setup(t: TestContext, ...contents: string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'asya-trace-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const files = contents.map((content, index) => {
    const file = join(directory, `${index}.jsonl`);
    writeFileSync(file, content);
    return file;
  });
  return { files, run: (...args: string[]) => runCommand(traceCommand, args) };
}

test('the only journey of several files is drawn', async (t) => {
  const { files, run } = setup(t, `${request('env-1', '1')}\n`, `${request('env-1', '2')}\n`);
  const { code, out } = await run(...files);
  assert.equal(code, 0);
  assert.match(out, /^journey env-1 · 2 hops/);
});

test('several journeys are listed, and --journey draws one of them', async (t) => {
  const spans = [
    request('env-1', '1'),
    request('env-2', '2', 'happy-end'),
    request('env-2', '3', 'error-end'),
    request('env-2', '4', 'happy-end'),
  ];
  const { files, run } = setup(t, spans.join('\n'));
  const { out } = await run(...files);
  assert.match(out, /^began +duration +hops +ended at +journey\n/);
  assert.match(out, /^2026-11-23T.*Z +10 ms +1 +under way +env-1$/m);
  assert.match(out, /^2026-11-23T.*Z +10 ms +3 +error-end, happy-end +env-2$/m);
  assert.match((await run(...files, '--journey', 'env-2')).out, /^journey env-2 · 3 hops ·/);
});

test('a journey that no file contains is an error', async (t) => {
  const { files, run } = setup(t, request('env-1', '1'));
  const [file = ''] = files;
  await assert.rejects(
    run(file, '--journey', 'env-9'),
    new CommandError(`no journey "env-9" in ${file}`),
  );
});

test('lines that are not OTLP requests are reported and skipped', async (t) => {
  const complete = request('env-1', '1');
  const { files, run } = setup(t, `${complete}\n[]\n{"half`);
  const { code, out, err } = await run(...files);
  assert.equal(code, 0);
  assert.match(out, /^journey env-1/);
  assert.equal(err, `${files[0]}:2 and 1 more lines: skipped, not an OTLP request in JSON\n`);
});

test('the error for a missing file names the file', async (t) => {
  const { run } = setup(t);
  await assert.rejects(run('/no/such/file'), /^CommandError: cannot read \/no\/such\/file: ENOENT/);
});

test('a trace without a file is a usage error', async (t) => {
  const { run } = setup(t);
  await assert.rejects(run(), new UsageError('at least one FILE is required'));
});
