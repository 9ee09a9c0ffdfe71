import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { traceCommand } from '../../src/cli/trace.ts';

/** A request as a collector writes it: one hop of a journey. */
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
  const written = { out: '', err: '' };
  const run = async (...args: string[]) => {
    const terminal = {
      out: (text: string) => (written.out += text),
      err: (text: string) => (written.err += text),
      width: 100,
      colour: false,
    };
    return { code: await traceCommand(args, terminal), ...written };
  };
  return { files, run };
}

test('draws the one journey in several files', async (t) => {
  const { files, run } = setup(t, `${request('env-1', '1')}\n`, `${request('env-1', '2')}\n`);
  const { code, out } = await run(...files);
  assert.equal(code, 0);
  assert.match(out, /^journey env-1 · 2 hops/);
});

test('lists the journeys when there are several, and draws the one that is named', async (t) => {
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
  assert.match((await run(...files, '--journey', 'env-2')).out, /\njourney env-2 · 3 hops ·/);
});

test('says which journey it has not found', async (t) => {
  const { files, run } = setup(t, request('env-1', '1'));
  const { code, err } = await run(...files, '--journey', 'env-9');
  assert.equal(code, 1);
  assert.equal(err, 'no journey "env-9" in these files\n');
});

test('says which lines are no traces, and draws the others', async (t) => {
  const whole = request('env-1', '1');
  const { files, run } = setup(t, `${whole}\n[]\n{"half`);
  const { code, out, err } = await run(...files);
  assert.equal(code, 0);
  assert.match(out, /^journey env-1/);
  assert.equal(err, `${files[0]}:2, and 1 more lines: no OTLP request in JSON, left out\n`);
});

test('names a file that is not there, and the rule about its arguments', async (t) => {
  const { run } = setup(t);
  const missing = await run('/no/such/file');
  assert.equal(missing.code, 1);
  assert.match(missing.err, /ENOENT.*\/no\/such\/file/);
  const none = await run();
  assert.equal(none.code, 2);
  assert.match(none.err, /at least one FILE is needed\n\nusage: asya-sidecar trace FILE…/);
});
