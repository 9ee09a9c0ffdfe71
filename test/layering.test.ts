import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROOT = new URL('../', import.meta.url).pathname;
const SOURCES = globSync('{src,telemetry}/**/*.ts', { cwd: ROOT }).map((file) => ({
  file,
  text: readFileSync(`${ROOT}${file}`, 'utf8'),
}));

/** Where the parts are put together. */
const COMPOSITION = ['src/main.ts', 'src/program.ts'];

function filesWith(pattern: RegExp, allowed: readonly string[], under = ''): string[] {
  return SOURCES.filter(({ file, text }) => file.startsWith(under) && pattern.test(text))
    .map(({ file }) => file)
    .filter((file) => !allowed.includes(file));
}

test('the service knows no telemetry; only where it is put together are the layers put on', () => {
  const imports = /(?:from|import\() ?'(?:@opentelemetry\/|[./]*telemetry\/)/;
  assert.deepEqual(filesWith(imports, COMPOSITION, 'src/'), []);
});

test('the environment is read in one place', () => {
  const readers = [...COMPOSITION, 'telemetry/register.ts'];
  assert.deepEqual(filesWith(/process\.env/, readers), []);
});

test('the runtime knows no transport, and a transport no runtime', () => {
  assert.deepEqual(filesWith(/from '[./]*transport\//, [], 'src/runtime/'), []);
  assert.deepEqual(filesWith(/from '[./]*runtime\//, [], 'src/transport/'), []);
});

test('a port has at most five verbs', () => {
  for (const file of ['src/transport/transport.ts', 'src/runtime/runtime.ts']) {
    const text = readFileSync(`${ROOT}${file}`, 'utf8');
    const ports = [...text.matchAll(/^export interface (\w+) \{\n([\s\S]*?)^\}/gm)];
    assert.ok(ports.length > 0);
    for (const [, name, body = ''] of ports) {
      assert.ok([...body.matchAll(/^ {2}\w+\(/gm)].length <= 5, `${file}: ${name}`);
    }
  }
});
