import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  readReplayForm,
  type ReplayForm,
  type ReplayProblems,
} from '../../../ui/errors/actions/replayForm.ts';

const PAYLOAD = '{"price":"12,50","big":12345678901234567890}';

function read(part: Partial<ReplayForm>, payload = PAYLOAD) {
  const form: ReplayForm = {
    destination: 'failed',
    actor: '',
    route: '',
    payload: PAYLOAD,
    isCanary: false,
    rate: '',
    ...part,
  };
  return readReplayForm(form, payload);
}

function request(part: Partial<ReplayForm>): unknown {
  const result = read(part);
  return result.kind === 'valid' ? result.request : assert.fail();
}

function problems(part: Partial<ReplayForm>): ReplayProblems {
  const result = read(part);
  return result.kind === 'invalid' ? result.problems : assert.fail();
}

test('a payload that differs in white space only is not an edit', () => {
  const indented = PAYLOAD.replaceAll(',', ',\n  ');
  assert.deepEqual(request({ payload: indented.replace('12,\n  50', '12,50') }), {});
});

test('an edited payload keeps the digits of its numbers', () => {
  const payload = PAYLOAD.replace('12,50', '12.50');
  assert.deepEqual(request({ payload }), { edits: { payload } });
  const rounded = PAYLOAD.replace('12345678901234567890', '12345678901234567000');
  assert.deepEqual(request({ payload: rounded }), { edits: { payload: rounded } });
});

test('a destination, the canary and a rate are part of the request', () => {
  assert.deepEqual(request({ destination: 'actor', actor: 'ship', isCanary: true, rate: ' 5 ' }), {
    edits: { to: 'ship' },
    canary: true,
    rate: 5,
  });
  assert.deepEqual(request({ destination: 'route', route: 'price,  stock\n ship,' }), {
    edits: { route: ['price', 'stock', 'ship'] },
  });
});

test('each invalid field is named with its rule', () => {
  assert.deepEqual(problems({ payload: '{\n"a": }' }), { payload: 'line 2: a value expected' });
  assert.deepEqual(problems({ destination: 'actor' }), { actor: 'select an actor' });
  assert.deepEqual(problems({ destination: 'route', route: ' , ' }), {
    route: 'name at least one actor',
  });
  for (const rate of ['0', '-1', 'fast'])
    assert.deepEqual(problems({ rate }), { rate: 'must be a number above 0' });
});

test('a message without a payload can be replayed as it is', () => {
  assert.deepEqual(read({ payload: undefined }), { kind: 'valid', request: {} });
});
