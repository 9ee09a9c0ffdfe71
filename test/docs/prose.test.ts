import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AVOIDED_FORMS } from './plainWords.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const CODE =
  '{src,telemetry,dashboards,tools,test,bench,examples,scripts,ui,sdk/*/src}/**/*.{ts,tsx,css,html,py}';
const PAGES = '{*.md,{docs,bench,deploy,examples,dashboards,sdk}/**/*.md}';
const SETTINGS =
  '{Dockerfile,compose*.yaml,.oxlintrc.json,dashboards/{provisioning,prometheus}/**/*.{yml,yaml},deploy/**/*.{yaml,tpl,txt}}';
/** Contains the avoided forms. */
const LIST = 'test/docs/plainWords.ts';

const MAX_COLUMNS = 100;

interface Source {
  readonly file: string;
  readonly text: string;
}

function read(...globs: readonly string[]): readonly Source[] {
  return globs
    .flatMap((glob) => globSync(glob, { cwd: ROOT }))
    .filter((file) => file !== LIST && !file.includes('node_modules'))
    .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
}

const code = read(CODE);
const prose = [...code, ...read(PAGES, SETTINGS)];

test(`a line of a comment has at most ${MAX_COLUMNS} columns`, () => {
  const isLong = (line: string): boolean =>
    line.length > MAX_COLUMNS && COMMENT.test(line) && !PREFORMATTED.test(line);
  assert.deepEqual(find(code, isLong), []);
});

const COMMENT = /^\s*(?:\/\*|\*|\/\/)|\s\/\/\s/;
/** A URL, or an indented line of a table, a picture or an example. */
const PREFORMATTED = /https?:\/\/|^\s*\*? {3,}\S|^\s*\/\/ ─/;

for (const { avoid, use } of AVOIDED_FORMS) {
  test(`"${avoid}" is written "${use}"`, () => {
    const pattern = patternOf(avoid);
    const found = prose.flatMap(({ file, text }) =>
      [...text.matchAll(pattern)].map(({ index }) => `${file}:${lineOf(text, index)}`),
    );
    assert.deepEqual(found, []);
  });
}

function find(sources: readonly Source[], isFound: (line: string) => boolean): string[] {
  return sources.flatMap(({ file, text }) =>
    text.split('\n').flatMap((line, index) => (isFound(line) ? [`${file}:${index + 1}`] : [])),
  );
}

/** A phrase may continue on the next line of a comment. */
function patternOf(phrase: string): RegExp {
  const words = phrase.replaceAll(' ', String.raw`\s+(?:(?:\*|\/\/|#)\s+)?`);
  return new RegExp(String.raw`\b(?:${words})\b`, 'gi');
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
