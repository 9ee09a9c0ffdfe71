import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = new URL('../../', import.meta.url).pathname;
const PAGES = globSync('{*.md,{docs,examples,sdk/*}/*.md}', { cwd: ROOT });

/** A block of code that quotes a whole file. */
const QUOTE = /^<!-- file: (\S+) -->\n+```\w+\n([\s\S]*?)^```/gm;

const quotes = PAGES.flatMap((page) =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(QUOTE)].map(([, file = '', code = '']) => ({
    page,
    file,
    code,
  })),
);

for (const { page, file, code } of quotes) {
  test(`${page} quotes ${file} as it is`, () => {
    assert.equal(code, readFileSync(join(ROOT, file), 'utf8'));
  });
}

test('docs/runtimes.md quotes each example of a framework and of a kit', () => {
  const onPage = quotes.filter(({ page }) => page === 'docs/runtimes.md');
  const quoted = new Set(onPage.map(({ file }) => file));
  const examples = globSync('examples/{frameworks,kits}/*', { cwd: ROOT });
  assert.deepEqual(
    examples.filter((file) => !quoted.has(file)),
    [],
  );
});
