import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { PROGRAM } from '../../kit/processes/program.ts';
import { runBin } from '../../kit/processes/sidecarProcess.ts';
import { within } from '../../kit/processes/until.ts';

const JOURNEYS = 20_000;

/** Writes a trace file whose list of journeys is larger than the buffer of a pipe. */
function writeTraces(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'asya-output-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'traces.jsonl');
  const lines = Array.from({ length: JOURNEYS }, (_, index) => {
    const attributes = [{ key: 'asya.journey.id', value: { stringValue: `env-${index}` } }];
    const times = {
      startTimeUnixNano: '1795469174164000000',
      endTimeUnixNano: '1795469174174000000',
    };
    const span = {
      traceId: 'a',
      spanId: String(index),
      name: 'process infer',
      ...times,
      attributes,
    };
    return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  });
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

test('a command exits after all of its output was read', async (t) => {
  const { code, out } = await runBin(['trace', writeTraces(t)]);
  assert.equal(code, 0);
  assert.equal(out.match(/env-\d+$/gm)?.length, JOURNEYS);
});

test('a command whose output is closed exits without an error message', async (t) => {
  const child = spawn(process.execPath, [PROGRAM, 'trace', writeTraces(t)], { env: {} });
  child.stdout.destroy();
  const ended = Promise.all([once(child, 'exit'), text(child.stderr)]);
  const [[code], err] = await within(ended, 'the end of trace', 20_000);
  assert.deepEqual([code, err], [0, '']);
});
