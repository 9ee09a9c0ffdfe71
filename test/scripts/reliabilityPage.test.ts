import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROOT = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/reliability.md', ROOT), 'utf8');
const PROOF = /\| `(test\/[^`]+)`: (.+?) *\|$/gm;

test('docs/reliability.md names for each guarantee a test that exists', () => {
  const section = page.split('\n## ').find((text) => text.startsWith('Guarantees\n')) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  const proofs = [...page.matchAll(PROOF)];
  assert.ok(proofs.length > 0);
  // All rows but the head and the rule below it.
  assert.equal(proofs.length, rows.length - 2, 'a guarantee without a test');
  for (const [, file = '', sentence = ''] of proofs) {
    const tests = readFileSync(new URL(file, ROOT), 'utf8');
    assert.match(tests, beginningOfTest(sentence), `${file} has no test "${sentence}"`);
  }
});

/** A test of that name; one made in a loop may have its parameter before or after the sentence. */
function beginningOfTest(sentence: string): RegExp {
  const text = sentence.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`test\(\s*['\`](?:\$\{\w+\}: )?${text}`);
}
