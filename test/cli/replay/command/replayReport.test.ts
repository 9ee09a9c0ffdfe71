import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonReport, TableReport } from '../../../../src/cli/replay/command/replayReport.ts';
import type { ReplayResult } from '../../../../src/cli/replay/replayResult.ts';
import { createCommandContext } from '../../../kit/processes/commandContext.ts';

function result(id: string, more: Partial<ReplayResult> = {}): ReplayResult {
  const about = { position: undefined, id, code: 'runtime_error', to: 'prep' };
  return { ...about, outcome: 'replayed', ...more };
}

function many(count: number): readonly ReplayResult[] {
  return Array.from({ length: count }, (_, index) => result(`env-${index}`));
}

test('up to 20 results are listed one by one, without control characters', () => {
  const { context, printed } = createCommandContext();
  const report = new TableReport(context.terminal);
  for (const one of many(19)) report.add(one);
  report.add(result('\u001b[2J', { code: undefined, to: undefined, outcome: 'would_be_replayed' }));
  assert.equal(printed().out, '');
  report.end();
  const lines = printed().out.split('\n');
  assert.equal(lines.length, 22);
  assert.equal(lines[0], 'envelope   code           to    result');
  assert.equal(lines[20], '\\u001b[2J  -              -     would be replayed');
});

test('more results are counted, and those that are left are named as they occur', () => {
  const { context, printed } = createCommandContext();
  const report = new TableReport(context.terminal);
  report.add(result('early', { outcome: 'left', reason: 'not stored' }));
  for (const one of many(2_000)) report.add(one);
  const position = 'failed.jsonl:7';
  report.add(
    result('late', { position, to: undefined, outcome: 'left', reason: 'not an envelope' }),
  );
  assert.equal(
    printed().out,
    'early (runtime_error, to prep) left: not stored\n' +
      'failed.jsonl:7 late (runtime_error, to -) left: not an envelope\n',
  );
  report.end();
  assert.deepEqual(printed().out.split('\n').slice(2), [
    'messages  code           to    result',
    '   2,000  runtime_error  prep  replayed',
    '       1  runtime_error  prep  left',
    '       1  runtime_error  -     left',
    '',
  ]);
});

test('without results, nothing is printed', () => {
  const { context, printed } = createCommandContext();
  new TableReport(context.terminal).end();
  assert.equal(printed().out, '');
});

test('a result is one line of JSON', () => {
  const { context, printed } = createCommandContext();
  const report = new JsonReport(context.terminal);
  report.add(result('a'));
  report.add(result('b\n', { position: 'f:1', outcome: 'left', reason: 'gone' }));
  report.end();
  assert.deepEqual(
    printed()
      .out.split('\n')
      .slice(0, -1)
      .map((line): unknown => JSON.parse(line)),
    [
      { id: 'a', code: 'runtime_error', to: 'prep', result: 'replayed' },
      {
        position: 'f:1',
        id: 'b\n',
        code: 'runtime_error',
        to: 'prep',
        result: 'left',
        reason: 'gone',
      },
    ],
  );
});

test('of the results that are left for the same reason, five are printed and the others counted', () => {
  const { context, printed } = createCommandContext();
  const report = new TableReport(context.terminal);
  for (let line = 1; line <= 500; line++) {
    const position = `f.jsonl:${line}`;
    const unknown = { id: undefined, code: undefined, to: undefined, position };
    report.add(result('', { ...unknown, outcome: 'left', reason: 'not a message' }));
  }
  report.end();
  const lines = printed().out.split('\n');
  assert.equal(lines[4], 'f.jsonl:5 (-, to -) left: not a message');
  assert.equal(lines[5], 'and 495 more, the first f.jsonl:6: left: not a message');
  assert.equal(lines[6], 'messages  code  to  result');
});

test('on a terminal, long ids are cut so that the result has space, and stay different', () => {
  const ids = ['0', '1'].map((digit) => `sha256-${digit.repeat(64)}`);
  const { context, printed } = createCommandContext({ width: 80 });
  const report = new TableReport(context.terminal);
  for (const id of ids)
    report.add(result(id, { code: 'parse_error', outcome: 'left', reason: 'not an envelope' }));
  report.end();
  const lines = printed().out.trimEnd().split('\n');
  assert.ok(
    lines.every((text) => text.length <= 80),
    printed().out,
  );
  assert.match(lines[1] ?? '', /^sha256-0+…  parse_error {2}prep {2}left: not an envelope$/);
});
