import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const ROOT = new URL('../../', import.meta.url).pathname;
const PAGES = globSync('{*.md,{docs,deploy,examples,bench,dashboards,telemetry}/**/*.md}', {
  cwd: ROOT,
});

for (const page of PAGES) {
  const text = readFileSync(join(ROOT, page), 'utf8');

  test(`${page} links to files and headings that exist`, () => {
    for (const [, target = ''] of withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = '', heading] = target.split('#');
      const file = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path);
      assert.ok(existsSync(file), target);
      if (heading !== undefined) assert.ok(headingsOf(file).includes(heading), target);
    }
  });

  // The changelog names files of earlier versions.
  if (page === 'CHANGELOG.md') continue;
  test(`${page} names files and npm scripts that exist`, () => {
    const paths = /`((?:src|telemetry|test|scripts|dashboards|examples|bench|docs)\/[\w./-]*)`/g;
    for (const [, path = ''] of text.matchAll(paths)) assert.ok(existsSync(join(ROOT, path)), path);
    for (const [, script = ''] of text.matchAll(/npm run (?:-s )?([\w:]+)/g)) {
      assert.ok(Object.hasOwn(scripts, script), `npm run ${script}`);
    }
  });
}

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

function withoutCode(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, 'code');
}

/** The anchors that GitHub gives to the headings of a page. */
function headingsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
