import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';

const ROOT = new URL('../../', import.meta.url).pathname;
const PAGES = globSync('{*.md,{docs,examples}/*.md,deploy/**/*.md}', { cwd: ROOT });

/** A block of YAML that has some fields of a file, in another order or notation. */
const EXCERPT = /^<!-- excerpt: (\S+) -->\n+```yaml\n([\s\S]*?)^```/gm;
const MARKED = /^<!-- (?:excerpt|file): \S+ -->\n+```yaml\n/gm;

for (const page of PAGES) {
  const text = readFileSync(join(ROOT, page), 'utf8');
  for (const [, file = '', excerpt = ''] of text.matchAll(EXCERPT)) {
    const [line = ''] = excerpt.split('\n');
    test(`${page} quotes a part of ${file}, which begins with ${line}`, () => {
      const documents = parseAllDocuments(readFileSync(join(ROOT, file), 'utf8'));
      const values = documents.map((document): unknown => document.toJS());
      assert.ok(
        values.some((value) => contains(value, parse(excerpt))),
        excerpt,
      );
    });
  }
}

test('all YAML on docs/kubernetes.md is from files that are tested', () => {
  const page = readFileSync(join(ROOT, 'docs/kubernetes.md'), 'utf8');
  const blocks = [...page.matchAll(/^```yaml\n/gm)];
  assert.equal(blocks.length, [...page.matchAll(MARKED)].length);
  assert.ok(blocks.length > 0);
});

test('an excerpt has only values of its file', () => {
  const file = parse('spec: { containers: [{ name: a, image: b }, { name: c }], replicas: 1 }');
  for (const part of ['{ replicas: 1 }', 'containers: [{ name: c }]', 'image: b']) {
    assert.ok(contains(file, parse(part)), part);
  }
  for (const part of ['{ replicas: 2 }', 'containers: [{ name: c, image: b }]', 'image: b\nx: 1']) {
    assert.ok(!contains(file, parse(part)), part);
  }
});

/** Whether a value, or a value within it, has all fields and items of a part. */
function contains(value: unknown, part: unknown): boolean {
  return hasAllOf(value, part) || childrenOf(value).some((child) => contains(child, part));
}

function hasAllOf(value: unknown, part: unknown): boolean {
  if (Array.isArray(part)) {
    return Array.isArray(value) && part.every((item) => value.some((one) => hasAllOf(one, item)));
  }
  if (typeof part !== 'object' || part === null) return value === part;
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return Object.entries(part).every(([key, item]) => hasAllOf(fields.get(key), item));
}

function childrenOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
