import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFailedMessage, type FailedMessage } from '../../../src/cli/failures/failedMessage.ts';
import {
  FILTER_DESCRIPTION,
  FILTER_OPTIONS,
  readFilter,
  requireFilter,
} from '../../../src/cli/errorQueue/filter.ts';
import { defineCommand } from '../../../src/cli/command/command.ts';
import { UsageError } from '../../../src/cli/command/exit.ts';
import { FAULT_CODES } from '../../../src/faults.ts';
import { runCommand } from '../../kit/processes/commandContext.ts';
import { envelopeWith, errorEnvelope, type FaultPart } from '../../kit/envelopes/failures.ts';

const NOW_MS = Date.parse('2026-11-29T18:00:00Z');
const OPTIONS = { happyEnd: 'happy-end', errorEnd: 'error-end', maxNesting: 100 };

function failed(fault: FaultPart, part: object = {}): FailedMessage {
  return readFailedMessage(
    { body: errorEnvelope(envelopeWith(part), fault), headers: {} },
    OPTIONS,
  );
}

const MESSAGES: readonly FailedMessage[] = [
  failed({ failedAt: '2026-11-29T15:00:00Z', message: 'Disk FULL' }, { id: 'a' }),
  failed({ failedAt: '2026-11-29T16:30:00Z', code: 'runtime_timeout' }, { id: 'b' }),
  failed(
    { failedAt: '2026-11-29T17:59:00Z', actor: 'prep' },
    { id: 'c', headers: { 'x-asya-journey-id': 'j' } },
  ),
];

/** The ids of the messages that a command line selects. */
async function idsFor(...words: readonly string[]): Promise<string> {
  const selected: string[] = [];
  const command = defineCommand({
    name: 'select',
    summary: '',
    description: [],
    options: { ...FILTER_OPTIONS, all: { type: 'boolean', doc: '' } },
    async run(args) {
      const filter = readFilter(args, NOW_MS);
      if (args.has('all')) requireFilter(filter, true);
      const matching = MESSAGES.filter((message) => filter.matches(message));
      selected.push(...matching.slice(0, filter.limit).map(({ id }) => id));
      return 0;
    },
  });
  await runCommand(command, words);
  return selected.join('');
}

test('a message must match every filter, and any value of a repeated one', async () => {
  assert.equal(await idsFor(), 'abc');
  assert.equal(await idsFor('--id', 'a', '--id', 'c'), 'ac');
  assert.equal(await idsFor('--journey', 'j'), 'c');
  assert.equal(await idsFor('--journey', 'a'), 'a');
  assert.equal(await idsFor('--actor', 'prep'), 'c');
  assert.equal(await idsFor('--code', 'runtime_error'), 'ac');
  assert.equal(await idsFor('--code', 'runtime_error', '--actor', 'infer'), 'a');
});

test('--text ignores the case', async () => {
  assert.equal(await idsFor('--text', 'disk full'), 'a');
  assert.equal(await idsFor('--text', 'PURPOSE'), 'bc');
});

test('--since and --until accept a date or an age', async () => {
  assert.equal(await idsFor('--since', '2026-11-29T16:30:00Z'), 'bc');
  assert.equal(await idsFor('--until', '2026-11-29T16:30:00Z'), 'a');
  assert.equal(await idsFor('--since', '2h'), 'bc');
  assert.equal(await idsFor('--since', '1d', '--until', '1h'), 'ab');
});

test('a message without a failure time counts by the time of its publish', () => {
  const body = Buffer.from('no JSON');
  const published = { 'asya-published-at': NOW_MS - 1_000 };
  const filterFor = (since: string) =>
    readFilter(
      {
        valueOf: (name) => (name === 'since' ? since : undefined),
        countOf: () => undefined,
        valuesOf: () => [],
      },
      NOW_MS,
    );
  const message = readFailedMessage({ body, headers: published }, OPTIONS);
  assert.equal(filterFor('2s').matches(message), true);
  assert.equal(filterFor('500ms').matches(message), false);
  const unknown = readFailedMessage({ body, headers: {} }, OPTIONS);
  assert.equal(filterFor('9999d').matches(unknown), false);
});

test('an invalid value names the option and its rule', async () => {
  const refused = [
    [['--code', 'nope'], /^--code must be one of parse_error, .*, dead_lettered, not "nope"$/],
    [['--limit', '0'], /^--limit must be a positive integer, not "0"$/],
    [['--limit', 'Infinity'], /^--limit must be a positive integer, not "Infinity"$/],
    [['--since', 'yesterday'], /^--since must be a time such as .*, not "yesterday"$/],
    [['--until=-2h'], /^--until must be a time such as .*, not "-2h"$/],
    [['--since', '1h', '--until', '2h'], /^--since must be earlier than --until$/],
    [['--text', ''], /^--text must not be empty$/],
    [['--id', ''], /^--id must not be empty$/],
  ] as const;
  for (const [words, message] of refused) {
    await assert.rejects(idsFor(...words), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  }
});

test('a command that removes messages needs either a filter or --all', () => {
  const filterOf = (set: Readonly<Record<string, string>>) =>
    readFilter(
      {
        valueOf: (name) => set[name],
        countOf: (name) => (set[name] === undefined ? undefined : Number(set[name])),
        valuesOf: (name) => [set[name] ?? []].flat(),
      },
      NOW_MS,
    );
  const missing = new UsageError('a filter or --all is required (--limit alone is not a filter)');
  assert.throws(() => requireFilter(filterOf({}), false), missing);
  assert.throws(() => requireFilter(filterOf({ limit: '1' }), false), missing);
  assert.throws(() => requireFilter(filterOf({ id: 'a' }), true), UsageError);
  requireFilter(filterOf({ limit: '1' }), true);
  requireFilter(filterOf({ id: 'a' }), false);
});

test('the description of the filters lists every code', () => {
  const text = FILTER_DESCRIPTION.join(' ');
  for (const code of [...FAULT_CODES, 'dead_lettered']) assert.ok(text.includes(code), code);
});
