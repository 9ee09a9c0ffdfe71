import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROOT = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/reliability.md', ROOT), 'utf8');
const PROOF = /\| `(test\/[^`]+)`: (.+?) *\|$/gm;

test('docs/reliability.md names an existing test for each guarantee', () => {
  const section = page.split('\n## ').find((text) => text.startsWith('Guarantees\n')) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  const proofs = [...page.matchAll(PROOF)];
  assert.ok(proofs.length > 0);
  // Without the head of the table and the line below it.
  assert.equal(proofs.length, rows.length - 2, 'a guarantee without a test');
  for (const [, file = '', sentence = ''] of proofs) {
    const tests = readFileSync(new URL(file, ROOT), 'utf8');
    assert.match(tests, titlePattern(sentence), `${file} has no test "${sentence}"`);
  }
});

/** Matches a test whose title begins with the sentence, after an optional parameter. */
function titlePattern(sentence: string): RegExp {
  const text = sentence.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`test\(\s*['\`](?:\$\{\w+\}: )?${text}`);
}
