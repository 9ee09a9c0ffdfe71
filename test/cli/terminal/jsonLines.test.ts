import * as fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatJsonLines } from '../../../src/cli/terminal/jsonLines.ts';
import { jsonText } from '../../kit/envelopes/jsonText.ts';

function format(json: string): string {
  return [...formatJsonLines(json)].join('\n');
}

test('values are formatted as JSON.stringify formats them', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.equal(format(JSON.stringify(value)), JSON.stringify(value, null, 2));
    }),
  );
});

test('every token keeps its spelling', () => {
  const json = '{"a":1.0,"b":9007199254740993,"a":"\\u0041\\"","c":[ ],"d":{}, "e":1e400}';
  assert.deepEqual(format(json).split('\n'), [
    '{',
    '  "a": 1.0,',
    '  "b": 9007199254740993,',
    '  "a": "\\u0041\\"",',
    '  "c": [],',
    '  "d": {},',
    '  "e": 1e400',
    '}',
  ]);
  fc.assert(
    fc.property(jsonText(), (text) => {
      assert.deepEqual(JSON.parse(format(text)), JSON.parse(text));
    }),
  );
});

test('a string of 20 MB is one line', () => {
  const json = JSON.stringify('x\\"'.repeat(5_000_000));
  const [line, ...more] = formatJsonLines(json);
  assert.equal(line, json);
  assert.deepEqual(more, []);
});
