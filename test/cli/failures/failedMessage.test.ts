import * as fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FailedDelivery } from '../../../src/cli/failures/failedForm.ts';
import {
  readFailedMessage,
  readTrace,
  timeOfFailure,
  type FailedMessage,
} from '../../../src/cli/failures/failedMessage.ts';
import { errorHeaders } from '../../../src/hop/failure/errorHeaders.ts';
import { wrapBytes } from '../../../src/hop/readHop.ts';
import {
  envelopeWith,
  errorEnvelope,
  errorEnvelopeOfBytes,
  FAILED_AT,
} from '../../kit/envelopes/failures.ts';

const OPTIONS = { happyEnd: 'happy-end', errorEnd: 'error-end', maxNesting: 10_000 };

function read(body: Buffer, more: Partial<FailedDelivery> = {}): FailedMessage {
  return readFailedMessage({ body, headers: {}, ...more }, OPTIONS);
}

/** The original's payload, or its bytes, as text. */
function originalOf({ original }: FailedMessage): string {
  if ('missing' in original) return original.missing;
  return ('payload' in original ? original.payload : original.body).toString();
}

/** The comparable fields of a message. */
function fieldsOf(message: FailedMessage): object {
  const { id, journey, actor, code, text, type, attempt, failedAtMs } = message;
  return {
    id,
    journey,
    actor,
    code,
    text,
    type,
    attempt,
    failedAtMs,
    original: originalOf(message),
  };
}

const FAULT = { code: 'runtime_error', message: 'not a number', type: 'ValueError' } as const;

test('an error envelope and an original with error headers read the same', () => {
  const original = envelopeWith({ headers: { 'x-asya-journey-id': 'j-1' } });
  const failure = { fault: FAULT, actor: 'infer', attempt: 5, failedAt: FAILED_AT };
  const expected = {
    id: 'env-1',
    journey: 'j-1',
    actor: 'infer',
    code: 'runtime_error',
    text: 'ValueError: not a number',
    type: 'ValueError',
    attempt: 5,
    failedAtMs: Date.parse(FAILED_AT),
    original: '{"n":1}',
  };
  assert.deepEqual(fieldsOf(read(errorEnvelope(original, FAULT))), expected);
  assert.deepEqual(fieldsOf(read(original, { headers: errorHeaders(failure) })), expected);
});

test("the text has the exception's class, or else the runtime's own code", () => {
  const textOf = (fault: object): string => read(errorEnvelope(envelopeWith(), fault)).text;
  assert.equal(textOf({ message: 'boom' }), 'boom');
  assert.equal(textOf({ message: 'boom', runtimeCode: 'bad_input' }), 'bad_input: boom');
  assert.equal(textOf({ message: 'boom', runtimeCode: 'E1', type: 'KeyError' }), 'KeyError: boom');
});

test('a dead-lettered message has its own code, and the reason of the broker as text', () => {
  const atMs = Date.parse(FAILED_AT);
  const deadLetter = { queue: 'infer', reason: 'delivery_limit', atMs };
  const message = read(envelopeWith(), { headers: { 'asya-attempt': 2 }, deadLetter });
  const { actor, code, text, attempt, failedAtMs } = message;
  assert.deepEqual(
    { actor, code, text, attempt, failedAtMs },
    { actor: 'infer', code: 'dead_lettered', text: 'delivery_limit', attempt: 2, failedAtMs: atMs },
  );
});

test('the payload and the headers of the original keep their bytes', () => {
  const payload = '{ "b":1.0, "a":9007199254740993, "a":"\\u0041" }';
  const headers = '{ "big":12345678901234567890 }';
  const original = Buffer.from(
    `{"id":"e","route":{"actors":["infer"],"current":0},"headers":${headers},"payload":${payload}}`,
  );
  const failed = read(errorEnvelope(original));
  assert.equal(originalOf(failed), payload);
  assert.equal(failed.headers?.toString(), headers);
});

test('the route keeps its bytes and the position of the failure', () => {
  const { route } = read(errorEnvelope(envelopeWith()));
  assert.deepEqual([route?.actors, route?.current], [['prep', 'infer', 'post'], 1]);
  assert.equal(route?.json.toString(), '{"actors":["prep","infer","post"],"current":1}');
});

test('a message that is not an envelope has the id of its error envelope in both forms, and no route', () => {
  const bytes = Buffer.from([0xff, 0x00]);
  const wrapped = read(errorEnvelopeOfBytes(bytes));
  const unwrapped = read(bytes, { headers: { 'asya-error-code': 'parse_error' } });
  for (const { id, route, headers, original } of [wrapped, unwrapped]) {
    assert.equal(id, wrapBytes(bytes, 'any').id);
    assert.deepEqual([route, headers], [undefined, undefined]);
    assert.deepEqual(original, { body: bytes });
  }
});

test('a message without an error is described, without a code', () => {
  const bare = read(envelopeWith());
  assert.deepEqual(
    [bare.code, bare.text, originalOf(bare)],
    [undefined, 'an envelope without an error', '{"n":1}'],
  );
  const garbage = read(Buffer.from('no JSON'));
  assert.deepEqual(
    [garbage.code, garbage.text, originalOf(garbage)],
    [undefined, 'not an envelope', 'no JSON'],
  );
});

test('an error envelope of an earlier version lacks the original and the time', () => {
  const details = { code: 'runtime_error', message: 'm', actor: 'infer', attempt: 1 };
  const payload = { error: 'runtime_error: m', details, original_head: 'x' };
  const failed = read(envelopeWith({ payload }), { headers: { 'asya-published-at': 1_000 } });
  assert.deepEqual(failed.original, { missing: 'the error envelope does not contain it' });
  assert.equal(failed.failedAtMs, undefined);
  assert.equal(timeOfFailure(failed), 1_000);
});

test('the parking reason is read from the envelope, the message headers or the dead letter', () => {
  const reason = { code: 'runtime_crashed', message: 'gone' };
  const header = { 'x-asya-parked': reason };
  const failed = errorEnvelope(envelopeWith({ headers: header }));
  const expected = { code: 'runtime_crashed', text: 'gone' };
  assert.deepEqual(read(failed).parked, expected);
  const headers = { 'asya-parked-code': 'runtime_crashed', 'asya-parked-message': 'gone' };
  assert.deepEqual(read(envelopeWith(), { headers }).parked, expected);
  const deadLetter = { queue: 'error-end', reason: 'expired', atMs: 1 };
  const expired = read(errorEnvelope(envelopeWith()), { deadLetter });
  assert.deepEqual(expired.parked, { code: 'dead_lettered', text: 'expired' });
  assert.equal(expired.code, 'runtime_error');
  assert.equal(read(errorEnvelope(envelopeWith())).parked, undefined);
});

test('the traceback, the base classes and the details are read on request', () => {
  const trace = { traceback: 'Traceback…\n  line 1', mro: ['ValueError', 'Exception'] };
  const message = errorEnvelope(envelopeWith(), { ...trace, runtimeDetails: '{"n": 1}' });
  assert.deepEqual(readTrace(read(message)), { ...trace, details: Buffer.from('{"n": 1}') });
  const none = { traceback: undefined, mro: [], details: undefined };
  assert.deepEqual(readTrace(read(envelopeWith())), none);
});

test('any body, header and dead letter can be read', () => {
  const details = fc.record(
    {
      code: fc.constantFrom('runtime_error', 7, 'new_code'),
      message: fc.jsonValue(),
      type: fc.jsonValue(),
      actor: fc.jsonValue(),
      attempt: fc.jsonValue(),
      failed_at: fc.jsonValue(),
      mro: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const payload = fc.record({ error: fc.jsonValue(), details, original_body: fc.jsonValue() });
  const body = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc.oneof(payload, fc.jsonValue()).map((value) => envelopeWith({ payload: value })),
    fc.jsonValue().map((headers) => envelopeWith({ headers: { 'x-asya-parked': headers } })),
    fc.jsonValue().map((route) => envelopeWith({ route })),
  );
  const value = fc.oneof(fc.string(), fc.double(), fc.boolean());
  const names = ['asya-error-code', 'asya-error-actor', 'asya-published-at', 'asya-parked-code'];
  const headers = fc.dictionary(fc.constantFrom(...names), value);
  const deadLetter = fc.option(
    fc.record({
      queue: fc.constantFrom('infer', 'error-end'),
      reason: fc.string(),
      atMs: fc.nat(),
    }),
    { nil: undefined },
  );
  fc.assert(
    fc.property(body, headers, deadLetter, (...[bytes, set, dead]) => {
      const message = read(bytes, { headers: set, deadLetter: dead });
      assert.equal(typeof message.id, 'string');
      assert.equal(typeof message.text, 'string');
      assert.ok(readTrace(message).mro.every((name) => typeof name === 'string'));
    }),
  );
});
