import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActionEnd, ActionEvent } from '../../../src/cli/ui/errors/contract.ts';
import {
  applyEvent,
  describeCanary,
  describeEnd,
  isWhole,
  loseAction,
  startAction,
  stopAction,
  type ActionRequest,
  type ActionState,
} from '../../../ui/errors/actions/action.ts';

const MANY: ActionRequest = {
  kind: 'replay',
  selection: { filter: {} },
  subject: '12,000 messages',
  queue: 'error-end',
};
const ONE: ActionRequest = {
  ...MANY,
  subject: 'order-1',
  single: { row: 0, id: 'order-1', journey: 'order-1' },
};

function after(request: ActionRequest, total: number, ...events: readonly ActionEvent[]) {
  return events.reduce<ActionState>(applyEvent, startAction(1, 'look', request, total));
}

function end(part: Partial<ActionEnd> = {}): ActionEvent {
  return { end: { kind: 'done', done: 0, left: 0, missing: 0, text: '', ...part } };
}

test('an action reports its progress until its end', () => {
  const state = after(MANY, 12_000, { progress: { done: 7, left: 1, total: 12_000 } }, {});
  assert.deepEqual(state.progress, { done: 7, left: 1, total: 12_000 });
  assert.equal(state.phase, 'running');
  assert.equal(applyEvent(state, end({ done: 12_000 })).phase, 'ended');
});

test('the result names the messages that stay and those that were gone', () => {
  const cases: readonly (readonly [ActionState, string])[] = [
    [after(MANY, 12_000, end({ done: 12_000 })), 'Replayed 12,000 messages'],
    [after(ONE, 1, end({ done: 1 })), 'Replayed order-1'],
    [after(ONE, 1, end({ left: 1 })), 'Not replayed: order-1'],
    [
      after(MANY, 3, end({ done: 1, left: 1, missing: 1 })),
      'Replayed 1 of 3 messages; 1 message stays in error-end; 1 message was not in error-end any more',
    ],
    [
      after(MANY, 3, end({ kind: 'stopped', done: 1, left: 2 })),
      'Replayed 1 of 3 messages; stopped; 2 messages stay in error-end',
    ],
  ];
  for (const [state, line] of cases) assert.equal(describeEnd(state), line);
});

test('a failed canary is the reason of the stop, in the words of the server', () => {
  const text = 'canary "order-1" failed: runtime_error';
  const canary: ActionEvent = { canary: { state: 'failed', id: 'order-1', text } };
  const state = after(MANY, 3, canary, end({ kind: 'stopped', done: 1, left: 2 }));
  assert.equal(describeEnd(state), 'Replayed 1 of 3 messages; 2 messages stay in error-end');
  assert.equal(describeCanary(state), '"order-1" failed: runtime_error.');
});

test('the canary of one message is the message', () => {
  const canary = (state: 'sent' | 'passed'): ActionEvent => ({
    canary: { state, id: 'order-1', text: '' },
  });
  assert.equal(describeCanary(after(ONE, 1, canary('passed'))), 'It reached happy-end.');
  assert.equal(
    describeCanary(after(ONE, 1, canary('sent'))),
    'It was sent and has not reached an end yet.',
  );
  assert.equal(
    describeCanary(after(MANY, 3, canary('passed'))),
    '"order-1" was sent first and reached happy-end.',
  );
});

test('an action without its last line ends with what is known', () => {
  const running = after(MANY, 10, { progress: { done: 4, left: 1, total: 10 } });
  const lost = loseAction(running, 'the server does not answer');
  assert.deepEqual(lost.end, {
    kind: 'failed',
    done: 4,
    left: 1,
    missing: 0,
    text: 'the server does not answer',
  });
  assert.equal(stopAction(running).end?.kind, 'stopped');
  const ended = applyEvent(running, end({ done: 10 }));
  assert.equal(loseAction(ended, 'late'), ended);
});

test('an action waits for a connection until it continues', () => {
  const waiting = after(MANY, 12_000, { waitsFor: 'not connected to the broker; waiting' });
  assert.equal(waiting.waitsFor, 'not connected to the broker; waiting');
  const progress = { done: 4, left: 0, total: 12_000 };
  assert.equal(applyEvent(waiting, { progress }).waitsFor, waiting.waitsFor);
  assert.equal(applyEvent(waiting, { waitsFor: null }).waitsFor, undefined);
});

test('the reasons of at most 100 messages are kept', () => {
  const left = Array.from({ length: 150 }, (_, row) => ({
    left: { row, id: `env-${row}`, reason: 'no route' },
  }));
  assert.equal(after(MANY, 150, ...left).left.length, 100);
});

test('an action that misses messages has not succeeded', () => {
  const isGood = (part: Partial<ActionEnd>): boolean => {
    const { end: ended } = after(MANY, 3, end(part));
    assert.ok(ended !== undefined);
    return isWhole(ended);
  };
  assert.equal(isGood({ done: 3 }), true);
  assert.equal(isGood({ done: 0, missing: 3 }), false);
  assert.equal(isGood({ done: 2, left: 1 }), false);
  assert.equal(isGood({ kind: 'stopped', done: 3 }), false);
});
