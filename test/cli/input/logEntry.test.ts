import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLogLine } from '../../../src/cli/input/logEntry.ts';

const ENTRY = { level: 'info', envelope_id: 'env-1', note: '{"a":1}' };
const JSON_LINE = JSON.stringify(ENTRY);

const FORMS: Readonly<Record<string, string>> = {
  'standard output': JSON_LINE,
  'kubectl logs --prefix': `[pod/infer-0/sidecar] ${JSON_LINE}`,
  'kubectl logs --timestamps': `2026-11-29T12:00:00.123456789Z ${JSON_LINE}`,
  'docker compose logs': `infer-1  | ${JSON_LINE}`,
  'the files of containerd': `2026-11-29T12:00:00.123456789Z stdout F ${JSON_LINE}`,
  'the files of Docker': JSON.stringify({ log: `${JSON_LINE}\n`, stream: 'stdout' }),
  logcli: `2026-11-29T12:00:00Z {app="infer", pod="infer-0"} ${JSON_LINE}`,
  'logcli --output=jsonl': JSON.stringify({ labels: { app: 'infer' }, line: JSON_LINE }),
};

for (const [form, line] of Object.entries(FORMS)) {
  test(`a line of ${form} is parsed`, () => {
    assert.deepEqual(parseLogLine(line), ENTRY);
    assert.deepEqual(parseLogLine(`${line}\r`), ENTRY);
  });
}

const OTHERS = [
  '',
  'text',
  '[1]',
  '{"half',
  '12:00:01 infer env-1 → post 12 ms',
  'x {"a":1} y',
  '1',
];

for (const line of OTHERS) {
  test(`"${line}" has no fields`, () => {
    assert.deepEqual(parseLogLine(line), {});
  });
}

test('a line whose member "log" is not a line has no fields', () => {
  assert.deepEqual(parseLogLine('{"log":"text"}'), {});
});
