import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatEach, formatGroups, rowOf } from '../../../src/cli/errors/errorTable.ts';
import { readFailedMessage, type FailedMessage } from '../../../src/cli/failures/failedMessage.ts';
import { ErrorGroups } from '../../../src/cli/failures/groups.ts';
import { envelopeWith, errorEnvelope, type FaultPart } from '../../kit/envelopes/failures.ts';

const OPTIONS = { happyEnd: 'happy-end', errorEnd: 'error-end', maxNesting: 100 };

function failed(id: string, fault: FaultPart = {}): FailedMessage {
  const body = errorEnvelope(envelopeWith({ id }), fault);
  return readFailedMessage({ body, headers: {} }, OPTIONS);
}

function groupsOf(messages: readonly FailedMessage[]): ErrorGroups {
  const groups = new ErrorGroups();
  for (const message of messages) groups.add(message);
  return groups;
}

const MESSAGES = [
  failed('a', { failedAt: '2026-11-28T23:59:10Z' }),
  failed('b', { failedAt: '2026-11-29T15:02:30Z' }),
  failed('c', { failedAt: '2026-11-29T12:00:00Z' }),
  failed('d', { code: 'runtime_timeout', actor: 'prep', message: 'no reply within 300000 ms' }),
];

test('groups have a count, both times and the newest example, the largest group first', () => {
  assert.equal(
    formatGroups(groupsOf(MESSAGES).sorted, 80),
    [
      'count  first (UTC)  code             text',
      '       last         actor            example',
      '    3  11-28 23:59  runtime_error    on purpose',
      '       11-29 15:02  infer            b',
      '    1  11-29 15:00  runtime_timeout  no reply within 300000 ms',
      '       11-29 15:00  prep             d',
      '',
    ].join('\n'),
  );
});

test('messages are in one group only with the same actor, code and whole text', () => {
  const long = 'x'.repeat(5_000);
  const groups = groupsOf([
    failed('a', { message: `${long}1` }),
    failed('b', { message: `${long}2` }),
    failed('c', { message: `${long}2` }),
    failed('d', { message: `${long}2`, actor: 'prep' }),
    failed('e', { message: `${long}2`, code: 'reply_invalid' }),
  ]);
  assert.deepEqual(
    groups.sorted.map(({ count, example }) => [count, example]),
    [
      [2, 'c'],
      [1, 'a'],
      [1, 'd'],
      [1, 'e'],
    ],
  );
  assert.ok(groups.sorted.every(({ text }) => text.length <= 2_000));
});

test('a terminal of 80 columns cuts long texts, and control characters are escaped', () => {
  const messages = [
    failed('0b1c8e2a-8f6f-4b9e-9d07-0d1c2f3a4b5c', {
      code: 'redelivered_too_often',
      message: `\u001b[2Jforged\nline ${'long '.repeat(50)}`,
    }),
    failed(`sha256-${'0'.repeat(64)}`),
  ];
  for (const table of [
    formatGroups(groupsOf(messages).sorted, 80),
    formatEach(messages.map(rowOf), 80),
  ]) {
    const lines = table.trimEnd().split('\n');
    assert.doesNotMatch(lines.join(''), /\p{Cc}/u);
    assert.equal(lines.length % messages.length, table.includes('count') ? 0 : 1);
  }
  const groups = formatGroups(groupsOf(messages).sorted, 80).split('\n');
  assert.ok(
    groups.every((line) => line.length <= 80),
    groups.join('\n'),
  );
  assert.match(groups.join('\n'), /\\u001b\[2Jforged line long .*…$/m);
  assert.match(groups.join('\n'), /0b1c8e2a-8f6f-4b9e-9d07-0d1c2f3a4b5c$/m);
});

test('each message has one line; its text is omitted when there is no space for it', () => {
  const rows = [failed('a', { message: 'one' }), failed('b')].map(rowOf);
  assert.equal(
    formatEach(rows, 80),
    [
      'failed (UTC)    envelope  actor  code           text',
      '11-29 15:00:00  a         infer  runtime_error  one',
      '11-29 15:00:00  b         infer  runtime_error  on purpose',
      '',
    ].join('\n'),
  );
  assert.doesNotMatch(formatEach(rows, 50), /text|on purpose/);
  assert.match(formatEach(rows, undefined), /on purpose/);
});

test('unknown values are dashes', () => {
  const garbage = readFailedMessage({ body: Buffer.from('no JSON'), headers: {} }, OPTIONS);
  const lines = formatGroups(groupsOf([garbage]).sorted, 80).split('\n');
  assert.match(lines[2] ?? '', /^ +1 {2}- +- +not an envelope$/);
  assert.match(lines[3] ?? '', /^ +- +- +sha256-/);
});

test('long ids are cut, so that a terminal of 80 columns has space for the text', () => {
  const garbage = ['one', 'two'].map((text) =>
    readFailedMessage({ body: Buffer.from(text), headers: {} }, OPTIONS),
  );
  const messages = [failed('0b1c8e2a-8f6f-4b9e-9d07-0d1c2f3a4b5c'), ...garbage];
  const lines = formatEach(messages.map(rowOf), 80).trimEnd().split('\n');
  assert.ok(
    lines.every((line) => line.length <= 80),
    lines.join('\n'),
  );
  assert.match(lines[1] ?? '', /  0b1c8e2a-8f6f-4b…  infer  runtime_error  on purpose$/);
  assert.match(lines[2] ?? '', /  sha256-\w{9}…  .*  not an envelope$/);
  assert.match(formatEach(messages.map(rowOf), undefined), /0d1c2f3a4b5c .* on purpose/);
});

test('ids that would become the same are not cut', () => {
  const ids = ['1', '2'].map((digit) => `order-2026-11-29-0000${digit}`);
  const table = formatEach(
    ids.map((id) => rowOf(failed(id))),
    60,
  );
  for (const id of ids) assert.ok(table.includes(`  ${id}  `), table);
});
