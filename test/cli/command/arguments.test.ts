import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readArguments } from '../../../src/cli/command/arguments.ts';
import { UsageError } from '../../../src/cli/command/exit.ts';
import type { Usage } from '../../../src/cli/command/usage.ts';

const USAGE: Usage = {
  name: 'show',
  summary: 'shows files',
  description: [],
  options: {
    files: { type: 'string', value: 'FILE', multiple: true, takesMany: true, doc: 'Files.' },
    name: { type: 'string', value: 'NAME', doc: 'A name.' },
    all: { type: 'boolean', doc: 'All.' },
  },
};

test('an option that takes many values has all of them up to the next option', () => {
  for (const [words, files] of [
    [
      ['--files', 'a', 'b', 'c'],
      ['a', 'b', 'c'],
    ],
    [
      ['--files', 'a', '--all', '--files', 'b'],
      ['a', 'b'],
    ],
    [
      ['--files=a', 'b', '--name', 'n', '--files', 'c', 'd'],
      ['a', 'b', 'c', 'd'],
    ],
    [['--name', 'files'], []],
  ] as const) {
    assert.deepEqual(readArguments<'files'>(words, USAGE).valuesOf('files'), files);
  }
});

test('a word after another option belongs to no option', () => {
  for (const words of [
    ['--all', 'a'],
    ['--name', 'n', 'a'],
    ['--files', 'a', '--all', 'b'],
  ]) {
    assert.throws(() => readArguments(words, USAGE), UsageError);
  }
  assert.throws(() => readArguments(['--files', '--all'], USAGE), UsageError);
});
