import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restoreOriginal, type Restored } from '../../../src/cli/replay/restore.ts';
import { encodeEnvelope } from '../../../src/envelope/edit.ts';
import { readEnvelope } from '../../../src/envelope/envelope.ts';
import { errorPayload } from '../../../src/hop/failure/errorEnvelope.ts';
import type { Fault, FaultCode } from '../../../src/faults.ts';
import { wrapBytes } from '../../../src/hop/readHop.ts';

const OPTIONS = { happyEnd: 'happy-end', errorEnd: 'error-end', maxNesting: 100 };
const MAX = { maxMessageBytes: 16_711_680 };
const FAILED_AT = '2026-11-29T15:00:00.000Z';

/** The error envelope of an envelope that failed at `infer`. */
function failed(original: Buffer, code: FaultCode = 'runtime_error'): Buffer {
  const envelope = readEnvelope(original, { maxNesting: 100, isEnd: true });
  const fault: Fault = { code, message: 'it failed' };
  const payload = errorPayload(
    envelope,
    { fault, actor: 'infer', attempt: 5, failedAt: FAILED_AT },
    MAX,
  );
  return encodeEnvelope(envelope, { payload, headers: [['x-asya-hops', 2]] });
}

/** The error envelope of a message that is not an envelope. */
function refused(body: Buffer, actor = 'infer'): Buffer {
  const envelope = wrapBytes(body, actor);
  const failure = {
    fault: { code: 'parse_error', message: 'no JSON' },
    actor,
    attempt: 1,
    failedAt: FAILED_AT,
  };
  return encodeEnvelope(envelope, {
    payload: errorPayload(envelope, failure, { ...MAX, message: { body, headers: {} } }),
  });
}

function envelope(part: object): Buffer {
  const complete = {
    id: 'env-1',
    route: { actors: ['prep', 'infer', 'post'], current: 1 },
    headers: {},
    payload: { n: 1 },
    ...part,
  };
  return Buffer.from(JSON.stringify(complete));
}

function restore(body: Buffer): Restored {
  return restoreOriginal({ body, headers: {} }, OPTIONS);
}

function originalOf(message: Buffer): { to: string; body: string } {
  const { original } = restore(message);
  assert.ok('to' in original, JSON.stringify(original));
  return { to: original.to, body: original.message.body.toString() };
}

function lostOf(message: Buffer): Omit<Restored, 'original'> & { lost: string } {
  const { original, ...about } = restore(message);
  assert.ok('lost' in original);
  return { ...about, lost: original.lost };
}

test('an original is restored byte for byte except for its hops, for the actor that is current in its route', () => {
  const original = Buffer.from(
    '{ "id":"env-1", "route":{"actors":["prep","infer"],"current":1}, "headers":{"x-asya-hops":2}, ' +
      '"payload":{"b":1.0, "a":9007199254740993, "a":"\\u0041"}, "own": 1e400 }',
  );
  const further = original.toString().replace('"x-asya-hops":2', '"x-asya-hops":3');
  assert.deepEqual(originalOf(failed(original)), { to: 'infer', body: further });
});

test('an unroutable envelope goes to the actor that had no queue', () => {
  const dispatched = envelope({ route: { actors: ['prep', 'infer', 'post'], current: 2 } });
  assert.equal(originalOf(failed(dispatched, 'unroutable')).to, 'post');
});

test('an envelope past the end of its route goes to happy-end', () => {
  const dispatched = envelope({ route: { actors: ['prep'], current: 1 } });
  assert.equal(originalOf(failed(dispatched, 'unroutable')).to, 'happy-end');
});

test('an envelope that failed at happy-end returns there, even if its route points to an actor', () => {
  const original = readEnvelope(envelope({}), { maxNesting: 100 });
  const fault: Fault = { code: 'runtime_error', message: 'm' };
  const failure = { fault, actor: 'happy-end', attempt: 5, failedAt: FAILED_AT };
  const body = encodeEnvelope(original, { payload: errorPayload(original, failure, MAX) });
  assert.equal(originalOf(body).to, 'happy-end');
  const deadLetter = { queue: 'happy-end', reason: 'maxlen', atMs: undefined };
  const { original: moved } = restoreOriginal(
    { body: envelope({}), headers: {}, deadLetter },
    OPTIONS,
  );
  assert.ok('to' in moved && moved.to === 'happy-end');
});

test('the deadline is removed, and other headers are kept', () => {
  const headers = { 'x-asya-deadline': '2020-01-01T00:00:00Z', priority: 'high' };
  const { body } = originalOf(failed(envelope({ headers }), 'deadline_exceeded'));
  assert.deepEqual((JSON.parse(body) as { headers: unknown }).headers, {
    'x-asya-hops': 3,
    'x-asya-deadline': null,
    priority: 'high',
  });
  // An actor must accept it, and an actor rejects a deadline that is not a date.
  assert.equal(readEnvelope(Buffer.from(body), { maxNesting: 100 }).headers.deadlineMs, undefined);
});

test('the mark of a parked envelope is removed', () => {
  const headers = { 'x-asya-parked': { code: 'runtime_crashed', message: 'gone' } };
  const { body } = originalOf(failed(envelope({ headers })));
  assert.equal(
    (JSON.parse(body) as { headers: Record<string, unknown> }).headers['x-asya-parked'],
    null,
  );
});

test('bytes that are not an envelope are restored unchanged, for the actor that rejected them', () => {
  for (const body of [Buffer.from('{"id": tru'), Buffer.from([0, 1, 0xff, 0xfe])]) {
    const { original, code } = restore(refused(body));
    assert.deepEqual(original, { to: 'infer', message: { body, headers: {}, properties: {} } });
    assert.equal(code, 'parse_error');
  }
});

test('an envelope that was kept as bytes goes to the current actor of its route', () => {
  const body = envelope({ route: { actors: ['post'], current: 0 } });
  assert.equal(originalOf(refused(body)).to, 'post');
});

test('an original of which an earlier version kept only the start cannot be restored', () => {
  const head = {
    original_truncated: true,
    original_size_bytes: 9,
    original_sha256: 'x',
    original_head: 'y',
  };
  const details = { code: 'reply_too_large', message: 'm', actor: 'infer', attempt: 1 };
  const message = envelope({ payload: { error: 'x', details, ...head } });
  assert.deepEqual(lostOf(message), {
    id: 'env-1',
    code: 'reply_too_large',
    lost: 'the error envelope does not contain the original',
  });
});

test('a dead-lettered envelope is restored with one more hop', () => {
  const moved = envelope({ headers: { 'x-asya-hops': 1 } });
  const further = {
    to: 'infer',
    body: moved.toString().replace('"x-asya-hops":1', '"x-asya-hops":2'),
  };
  assert.deepEqual(originalOf(moved), further);
  assert.equal(restore(moved).code, undefined);
  const deadLetter = { queue: 'infer', reason: 'delivery_limit', atMs: undefined };
  const restored = restoreOriginal({ body: moved, headers: { own: 1 }, deadLetter }, OPTIONS);
  assert.equal(restored.code, 'redelivered_too_often');
  assert.ok('to' in restored.original);
  assert.deepEqual(restored.original.message.headers, { own: 1 });
  assert.equal(restored.original.message.body.toString(), further.body);
});

test('a dead-lettered message that is not an envelope returns to its queue unchanged', () => {
  const deadLetter = { queue: 'infer', reason: 'maxlen', atMs: 1_795_000_000_000 };
  for (const body of [Buffer.from([0x80, 4]), Buffer.from('{"id":"x","payload":1}')]) {
    const message = { body, headers: {}, properties: { contentType: 'text/plain' }, deadLetter };
    const { original, code } = restoreOriginal(message, OPTIONS);
    assert.equal(code, 'internal_error');
    const { headers, properties } = message;
    assert.deepEqual(original, { to: 'infer', message: { body, headers, properties } });
  }
});

test('an error envelope that was dead-lettered from error-end is read as an error envelope', () => {
  const deadLetter = { queue: 'error-end', reason: 'delivery_limit', atMs: undefined };
  const restored = restoreOriginal(
    { body: failed(envelope({})), headers: {}, deadLetter },
    OPTIONS,
  );
  assert.equal(restored.code, 'runtime_error');
  assert.ok('to' in restored.original && restored.original.to === 'infer');
});

test('an unwrapped original past the end of its route goes to happy-end', () => {
  const dispatched = envelope({ route: { actors: ['prep'], current: 1 } });
  const headers = { 'asya-error-code': 'unroutable', 'asya-error-actor': 'prep' };
  const { original } = restoreOriginal({ body: dispatched, headers }, OPTIONS);
  assert.ok('to' in original && original.to === 'happy-end');
});

test('a payload that only resembles an error is kept', () => {
  const payload = { error: 'x', details: { hint: 'y' }, original_payload: 1 };
  const moved = envelope({ payload });
  const { body } = originalOf(moved);
  assert.deepEqual((JSON.parse(body) as { payload: unknown }).payload, payload);
});

test('bytes without an error envelope cannot be restored', () => {
  assert.deepEqual(lostOf(Buffer.from('garbage')), {
    id: undefined,
    code: undefined,
    lost: 'not an envelope',
  });
});
