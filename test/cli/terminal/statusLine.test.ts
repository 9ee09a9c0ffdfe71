import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusLine, type StatusOutput } from '../../../src/cli/terminal/statusLine.ts';

function setup(isTTY: boolean): { line: StatusLine; written: string[]; clock: { ms: number } } {
  const written: string[] = [];
  const clock = { ms: 0 };
  const output: StatusOutput = {
    write: (text) => written.push(String(text)) > 0,
    columns: 6,
    isTTY,
  };
  return { line: new StatusLine(output, () => clock.ms), written, clock };
}

test('a text overwrites the line, is cut at its width, and is removed before other output', () => {
  const { line, written, clock } = setup(true);
  line.show('1 of 9 done');
  clock.ms = 99;
  line.show('dropped');
  clock.ms = 100;
  line.show('2');
  line.clear();
  line.clear();
  assert.deepEqual(written, ['\r1 of \x1b[K', '\r2\x1b[K', '\r\x1b[K']);
});

test('a cleared line is shown again after the interval', () => {
  const { line, written, clock } = setup(true);
  line.show('a');
  line.clear();
  line.show('dropped');
  assert.equal(written.at(-1), '\r\x1b[K');
  clock.ms = 100;
  line.show('b');
  assert.equal(written.at(-1), '\rb\x1b[K');
});

test('nothing is written to an output that is not a terminal', () => {
  const { line, written } = setup(false);
  line.show('a');
  line.clear();
  assert.deepEqual(written, []);
});
