import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pageFolder } from '../../src/cli/ui/server/http/staticFiles.ts';

const KB = 1_000;
const MAX_GZIPPED_BYTES = 250 * KB;

const FILES = readdirSync(pageFolder()).map((name) => ({
  name,
  body: readFileSync(join(pageFolder(), name)),
}));
const html = FILES.find(({ name }) => name === 'index.html')?.body.toString() ?? '';

test('the files of the page have at most 250 kB with gzip', (t) => {
  const sizes = FILES.map(({ body }) => gzipSync(body).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  t.diagnostic(`${(total / KB).toFixed(1)} kB in ${FILES.length} files`);
  assert.ok(total <= MAX_GZIPPED_BYTES, `${total} bytes`);
});

test('the document has no inline script or style, and loads only files of the build', () => {
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)/);
  assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=|javascript:/i);
  const names = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name = '']) => name);
  assert.equal(names.length, html.match(/(?:src|href)=/g)?.length);
  assert.ok(names.length >= 3);
  for (const name of names)
    assert.ok(
      FILES.some((file) => file.name === name),
      name,
    );
});

test('all files but the document have a hash in their names', () => {
  const names = FILES.map(({ name }) => name).filter((name) => name !== 'index.html');
  for (const name of names) assert.match(name, /-[A-Z0-9]{8}\.(?:js|css|svg)$/);
});

test('the code runs under a policy without eval, and loads nothing from elsewhere', () => {
  for (const { name, body } of FILES) {
    const text = body.toString();
    assert.doesNotMatch(text, /\beval\(|new Function\(|@import|sourceMappingURL/, name);
    assert.doesNotMatch(text, /url\(\s*["']?(?:https?:)?\/\//, name);
  }
});
