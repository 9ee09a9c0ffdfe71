import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

/** The layout of `ui/`, the page's code, which runs in a browser. */
const ROOT = new URL('../../', import.meta.url).pathname;

/** The rooms that each room imports. A view imports no other view. */
const IMPORTS: Readonly<Record<string, readonly string[]>> = {
  client: [],
  components: [],
  app: ['client', 'components'],
  pipeline: ['app', 'client', 'components'],
  errors: ['app', 'client', 'components'],
  journey: ['app', 'client', 'components'],
  live: ['app', 'client', 'components'],
  send: ['app', 'client', 'components'],
  // Shows the components to their tests.
  gallery: ['components'],
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
}

/** The table of the views imports all of them. */
const TABLE = 'ui/app/views.ts';

const SOURCES = globSync('ui/**/*.{ts,tsx}', { cwd: ROOT }).map((file) => ({
  file,
  text: readFileSync(`${ROOT}${file}`, 'utf8'),
}));

const ALL: readonly Import[] = SOURCES.flatMap(({ file, text }) =>
  [...text.matchAll(/(import type [^;]*?from |\bfrom |\bimport\()'(\.[^']+)'/g)].map(
    ([, kind = '', path = '']) => ({
      from: file,
      to: normalize(join(dirname(file), path)),
      isType: kind.startsWith('import type'),
    }),
  ),
);

function roomOf(file: string): string {
  return /^ui\/(\w+)\//.exec(file)?.[1] ?? '';
}

test('the rooms of the page import only the rooms below them', () => {
  const rooms = new Set(SOURCES.map(({ file }) => roomOf(file)).filter((room) => room !== ''));
  assert.deepEqual([...rooms].toSorted(), Object.keys(IMPORTS).toSorted());
  for (const [room, allowed] of Object.entries(IMPORTS)) {
    const forbidden = ALL.filter(({ from, to }) => {
      const isInside = roomOf(to) === room || !to.startsWith('ui/');
      return roomOf(from) === room && from !== TABLE && !isInside && !allowed.includes(roomOf(to));
    });
    assert.deepEqual(forbidden, [], `ui/${room}`);
  }
});

test('only the table of the views imports a view', () => {
  const views = /^ui\/\w+\/\w+View\.tsx$/;
  const importers = ALL.filter(({ from, to }) => views.test(to) && roomOf(from) !== roomOf(to));
  assert.deepEqual([...new Set(importers.map(({ from }) => from))], [TABLE]);
});

/** Modules of `src/` that work in a browser too: they import nothing. */
const SHARED = new Set(['src/cli/trace/duration.ts']);

test('the page imports the types of the contracts and shared modules, and nothing else', () => {
  const outside = ALL.filter(({ to }) => !to.startsWith('ui/'));
  const forbidden = outside.filter(({ to, isType }) => {
    const isContract = /^src\/cli\/ui\/\w+\/contract\.ts$/.test(to) && isType;
    return !isContract && !SHARED.has(to);
  });
  assert.deepEqual(forbidden, []);
  for (const file of SHARED)
    assert.doesNotMatch(readFileSync(`${ROOT}${file}`, 'utf8'), /^import (?!type)/m, file);
});

test('the page stores nothing and sets no markup', () => {
  const forbidden =
    /\b(?:localStorage|sessionStorage|indexedDB|document\.cookie|innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|eval)\b/;
  const found = SOURCES.filter(({ text }) => forbidden.test(text)).map(({ file }) => file);
  assert.deepEqual(found, []);
});
