import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SendAnswer, SendEnd, SendEvent } from '../../../src/cli/ui/send/contract.ts';
import {
  addEvent,
  endResult,
  NO_RESULT,
  sortAnswers,
  summarize,
  type SendResult,
} from '../../../ui/send/sendResult.ts';

const AT = '2026-11-29T12:00:01.000Z';
const SENT: SendEvent = { sent: { id: 'a', journey: 'a', to: 'price', at: AT } };
const FAILURE = { code: 'runtime_error', text: 'broken' };

function answer(place: string, more: Partial<SendAnswer> = {}): SendAnswer {
  return { id: `a${place}`, at: AT, place, ...more };
}

function after(...events: readonly SendEvent[]): SendResult {
  return events.reduce(addEvent, NO_RESULT);
}

function end(values: Partial<SendEnd>): SendEvent {
  return { end: { kind: 'complete', text: 'text', answers: 1, failures: 0, ...values } };
}

test('one line says what has happened so far', () => {
  assert.equal(summarize(after()).text, 'Sending');
  assert.equal(summarize(after({ notice: 'the broker is full' })).text, 'the broker is full');
  assert.equal(summarize(after({ notice: 'x' }, SENT)).text, 'Waiting for the answer');
  assert.equal(summarize(after(SENT, { answer: answer('') })).text, '1 answer so far');
});

test('a complete journey is a success only without failures', () => {
  const cases: readonly (readonly [Partial<SendEnd>, string, string])[] = [
    [{}, 'success', 'Reached happy-end'],
    [{ failures: 1 }, 'error', 'Reached error-end'],
    [{ answers: 3 }, 'success', 'All 3 envelopes reached happy-end'],
    [{ answers: 3, failures: 2 }, 'error', '2 of 3 envelopes reached error-end'],
    [{ kind: 'time_over', text: 'time over after 1s' }, 'warning', 'Time over after 1s'],
    [{ kind: 'failed', text: 'not stored' }, 'error', 'Not stored'],
  ];
  for (const [values, kind, text] of cases) {
    assert.deepEqual(summarize(after(SENT, end(values))), { kind, text });
  }
});

test('a result that the user stops counts the answers so far', () => {
  const result = after(SENT, { answer: answer('[0]', { failure: FAILURE }) });
  const { end: ended } = endResult(result, 'stopped', 'stopped');
  assert.deepEqual(ended, { kind: 'stopped', text: 'stopped', answers: 1, failures: 1 });
  assert.equal(summarize(endResult(result, 'stopped', 'stopped')).kind, 'warning');
});

test('the end that the server has reported stays', () => {
  const result = after(SENT, end({}));
  assert.equal(endResult(result, 'lost', 'lost'), result);
});

test('failures come first, then the answers in the order of the fan-out', () => {
  const places = ['[10]', '[2][1]', '[2]', '[1]', '[2][0]'];
  const answers = [...places.map((place) => answer(place)), answer('[7]', { failure: FAILURE })];
  assert.deepEqual(
    sortAnswers(answers).map(({ place }) => place),
    ['[7]', '[1]', '[2]', '[2][0]', '[2][1]', '[10]'],
  );
});
