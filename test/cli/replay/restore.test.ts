import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restoreOriginal, type Restored } from '../../../src/cli/replay/restore.ts';
import { encodeEnvelope } from '../../../src/envelope/edit.ts';
import { readEnvelope } from '../../../src/envelope/envelope.ts';
import { errorPayload } from '../../../src/hop/failure/errorEnvelope.ts';
import type { Fault, FaultCode } from '../../../src/faults.ts';
import { wrapBytes } from '../../../src/hop/hop.ts';

const OPTIONS = { happyEnd: 'happy-end', errorEnd: 'error-end', maxNesting: 100 };
const MAX = { maxMessageBytes: 16_711_680 };
const FAILED_AT = '2026-11-29T15:00:00.000Z';

/** What error-end gets for an envelope that failed at `infer`. */
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

/** What error-end gets for a message that is not an envelope. */
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
  const whole = {
    id: 'env-1',
    route: { actors: ['prep', 'infer', 'post'], current: 1 },
    headers: {},
    payload: { n: 1 },
    ...part,
  };
  return Buffer.from(JSON.stringify(whole));
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

test('an original comes back byte for byte but for its hops, and goes to the actor at which it stood', () => {
  const original = Buffer.from(
    '{ "id":"env-1", "route":{"actors":["prep","infer"],"current":1}, "headers":{"x-asya-hops":2}, ' +
      '"payload":{"b":1.0, "a":9007199254740993, "a":"\\u0041"}, "own": 1e400 }',
  );
  const further = original.toString().replace('"x-asya-hops":2', '"x-asya-hops":3');
  assert.deepEqual(originalOf(failed(original)), { to: 'infer', body: further });
});

test('what was unroutable goes to the actor that could not be reached, with the payload that it was to get', () => {
  const dispatched = envelope({ route: { actors: ['prep', 'infer', 'post'], current: 2 } });
  assert.equal(originalOf(failed(dispatched, 'unroutable')).to, 'post');
});

test('past the end of its route it goes to happy-end', () => {
  const dispatched = envelope({ route: { actors: ['prep'], current: 1 } });
  assert.equal(originalOf(failed(dispatched, 'unroutable')).to, 'happy-end');
});

test('what failed at happy-end goes back there, also when its route still points to the actor of an empty reply', () => {
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

test('a deadline, which may have passed, does not come back, and other headers do', () => {
  const headers = { 'x-asya-deadline': '2020-01-01T00:00:00Z', priority: 'high' };
  const { body } = originalOf(failed(envelope({ headers }), 'deadline_exceeded'));
  assert.deepEqual((JSON.parse(body) as { headers: unknown }).headers, {
    'x-asya-hops': 3,
    'x-asya-deadline': null,
    priority: 'high',
  });
  // It is taken again by an actor, which refuses a deadline that is no date.
  assert.equal(readEnvelope(Buffer.from(body), { maxNesting: 100 }).headers.deadlineMs, undefined);
});

test('what was parked is so no longer', () => {
  const headers = { 'x-asya-parked': { code: 'runtime_crashed', message: 'gone' } };
  const { body } = originalOf(failed(envelope({ headers })));
  assert.equal(
    (JSON.parse(body) as { headers: Record<string, unknown> }).headers['x-asya-parked'],
    null,
  );
});

test('bytes that were no envelope come back as they were, to the actor that got them', () => {
  for (const body of [Buffer.from('{"id": tru'), Buffer.from([0, 1, 0xff, 0xfe])]) {
    const { original, code } = restore(refused(body));
    assert.deepEqual(original, { to: 'infer', message: { body, headers: {}, properties: {} } });
    assert.equal(code, 'parse_error');
  }
});

test('an envelope that was kept as bytes goes where its route stands', () => {
  const body = envelope({ route: { actors: ['post'], current: 0 } });
  assert.equal(originalOf(refused(body)).to, 'post');
});

test('an original of which an earlier version kept only the head is lost', () => {
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
    lost: 'its original was too large to be kept',
  });
});

test('what a broker has moved to the end by itself goes back as it is, one hop further', () => {
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

test('a message that a broker has moved and that is not an envelope goes back to its queue, as it was', () => {
  const deadLetter = { queue: 'infer', reason: 'maxlen', atMs: 1_795_000_000_000 };
  for (const body of [Buffer.from([0x80, 4]), Buffer.from('{"id":"x","payload":1}')]) {
    const message = { body, headers: {}, properties: { contentType: 'text/plain' }, deadLetter };
    const { original, code } = restoreOriginal(message, OPTIONS);
    assert.equal(code, 'internal_error');
    const { headers, properties } = message;
    assert.deepEqual(original, { to: 'infer', message: { body, headers, properties } });
  }
});

test('an error envelope that the broker has moved on from error-end is one still', () => {
  const deadLetter = { queue: 'error-end', reason: 'delivery_limit', atMs: undefined };
  const restored = restoreOriginal(
    { body: failed(envelope({})), headers: {}, deadLetter },
    OPTIONS,
  );
  assert.equal(restored.code, 'runtime_error');
  assert.ok('to' in restored.original && restored.original.to === 'infer');
});

test('an original that came as it was and was unroutable past its route goes to happy-end', () => {
  const dispatched = envelope({ route: { actors: ['prep'], current: 1 } });
  const headers = { 'asya-error-code': 'unroutable', 'asya-error-actor': 'prep' };
  const { original } = restoreOriginal({ body: dispatched, headers }, OPTIONS);
  assert.ok('to' in original && original.to === 'happy-end');
});

test('a payload that only looks like a report is a payload', () => {
  const payload = { error: 'x', details: { hint: 'y' }, original_payload: 1 };
  const moved = envelope({ payload });
  const { body } = originalOf(moved);
  assert.deepEqual((JSON.parse(body) as { payload: unknown }).payload, payload);
});

test('bytes without any envelope cannot be told anything of', () => {
  assert.deepEqual(lostOf(Buffer.from('garbage')), {
    id: undefined,
    code: undefined,
    lost: 'it is not an envelope',
  });
});
