import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  describeError,
  type ErrorObject,
} from '../../../../sdk/typescript/src/actor/errorObject.ts';
import { Reject, Retry } from '../../../../sdk/typescript/src/index.ts';

class NotFound extends RangeError {}

class Named extends Error {
  override readonly name = 'named';
}

test('the type of an error is its class, and mro has its base classes', () => {
  const classes = (error: unknown): unknown => {
    const { type, mro } = describeError(error);
    return [type, ...(mro ?? [])];
  };
  assert.deepEqual(classes(new NotFound()), ['NotFound', 'RangeError', 'Error', 'Object']);
  assert.deepEqual(classes(new Named()), ['named', 'Named', 'Error', 'Object']);
  const aborted = new DOMException('late', 'TimeoutError');
  assert.deepEqual(classes(aborted), ['TimeoutError', 'DOMException', 'Error', 'Object']);
  assert.deepEqual(classes('text'), ['string']);
  assert.deepEqual(classes(null), ['null']);
});

test('the traceback has the causes, and the errors of an AggregateError', () => {
  const cause = new Error('disk full', { cause: new Error('quota') });
  const all = new AggregateError([new TypeError('first'), new Error('second')], '', { cause });
  const { message, traceback = '' } = describeError(all);
  assert.equal(message, '2 errors: first; second');
  for (const text of ['disk full', 'quota', 'first', 'second', 'errorObject.test.ts'])
    assert.ok(traceback.includes(text), traceback);
});

test('the type of a Reject is its code, and its classes follow', () => {
  class TooOld extends Reject {}
  const { type, mro } = describeError(new TooOld('too_old', 'before 2020'));
  assert.deepEqual([type, mro], ['too_old', ['TooOld', 'Reject', 'Error', 'Object']]);
});

test('Retry and Reject have a traceback only with a cause', () => {
  assert.equal(describeError(new Retry()).traceback, undefined);
  assert.equal(describeError(new Reject('code', 'message')).traceback, undefined);
  const retry = new Retry({ cause: new Error('connection reset') });
  assert.match(describeError(retry).traceback ?? '', /connection reset/);
});

test('other errors request a retry by retryable or retryAfter', () => {
  const marked = (marks: object): unknown => {
    const { retryable, retry_after_ms: afterMs } = describeError(Object.assign(new Error(), marks));
    return retryable ?? afterMs;
  };
  assert.equal(marked({ retryable: true }), true);
  assert.equal(marked({ retryAfter: 1.2 }), 1200);
  assert.equal(marked({ retryable: 'yes', retryAfter: '5' }), undefined);
});

test('Retry rejects a delay that is not a number of seconds, and Reject an empty code', () => {
  for (const after of [-1, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => new Retry({ after }), /after must be a number of seconds of at least 0/);
  assert.throws(() => new Reject('', 'message'), /code of Reject/);
});

test('details that JSON cannot carry are replaced by the reason', () => {
  const { details } = describeError(new Reject('code', 'message', { size: 1n }));
  assert.match(String(details), /BigInt/);
});

const trap = (): never => {
  throw new Error('trap');
};

const HOSTILE: Readonly<Record<string, unknown>> = {
  'with throwing getters': Object.defineProperties(new Error('x'), {
    message: { get: trap },
    name: { get: trap },
    stack: { get: trap },
    retryable: { get: trap },
    retryAfter: { get: trap },
    cause: { get: trap },
  }),
  'that is a proxy': new Proxy(new Error('x'), {
    get: trap,
    getPrototypeOf: trap,
    has: trap,
    ownKeys: trap,
    getOwnPropertyDescriptor: trap,
  }),
  'without a prototype': Object.create(null),
  'whose inspection throws': Object.assign(new Error('x'), {
    [Symbol.for('nodejs.util.inspect.custom')]: trap,
  }),
  'that is a function': trap,
  'that is undefined': undefined,
  'that is a symbol': Symbol('x'),
  'whose message is not a string': Object.assign(new Error('x'), { message: { toString: trap } }),
};

for (const [kind, error] of Object.entries(HOSTILE)) {
  test(`an error ${kind} is described`, () => {
    const described: ErrorObject = JSON.parse(JSON.stringify(describeError(error)));
    assert.equal(described.error, 'processing_error');
    assert.equal(typeof described.message, 'string');
  });
}

test('long texts are cut', () => {
  const { message, traceback = '' } = describeError(new Error('x'.repeat(10_000_000)));
  assert.ok(message.length <= 65_536 && traceback.length <= 65_536);
});
