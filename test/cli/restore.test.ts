import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restoreOriginal, type Restored } from '../../src/cli/restore.ts';
import { encodeEnvelope } from '../../src/edit.ts';
import { readEnvelope } from '../../src/envelope.ts';
import { errorPayload } from '../../src/errorEnvelope.ts';
import type { Fault, FaultCode } from '../../src/errors.ts';
import { wrapBytes } from '../../src/hop.ts';

const OPTIONS = { happyEnd: 'happy-end', maxNesting: 100 };
const MAX_BYTES = 16_711_680;

/** What error-end gets for an envelope that failed at `infer`. */
function failed(original: Buffer, code: FaultCode = 'runtime_error', maxBytes = MAX_BYTES): Buffer {
  const envelope = readEnvelope(original, { maxNesting: 100, atEnd: true });
  const fault: Fault = { code, message: 'it failed' };
  const payload = errorPayload(envelope, { fault, actor: 'infer', attempt: 5 }, maxBytes);
  return encodeEnvelope(envelope, { payload, headers: [['x-asya-hops', 2]] });
}

/** What error-end gets for bytes that are no envelope. */
function refused(body: Buffer, actor = 'infer'): Buffer {
  const envelope = wrapBytes(body, actor);
  const fault: Fault = { code: 'parse_error', message: 'no JSON' };
  return encodeEnvelope(envelope, {
    payload: errorPayload(envelope, { fault, actor, attempt: 1, body }, MAX_BYTES),
  });
}

function envelope(part: object): Buffer {
  const whole = {
    id: 'env-1',
    route: { actors: ['prep', 'infer', 'post'], current: 1 },
    headers: {},
    ...part,
  };
  return Buffer.from(JSON.stringify({ ...whole, payload: { n: 1 } }));
}

function originalOf(message: Buffer): { to: string; body: string } {
  const { original } = restoreOriginal(message, OPTIONS);
  assert.ok('to' in original, JSON.stringify(original));
  return { to: original.to, body: original.body.toString() };
}

function lostOf(message: Buffer): Omit<Restored, 'original'> & { lost: string } {
  const { original, ...about } = restoreOriginal(message, OPTIONS);
  assert.ok('lost' in original);
  return { ...about, lost: original.lost };
}

test('an original comes back byte for byte, and goes to the actor at which it stood', () => {
  const original = Buffer.from(
    '{ "id":"env-1", "route":{"actors":["prep","infer"],"current":1}, "headers":{"x-asya-hops":2}, ' +
      '"payload":{"b":1.0, "a":9007199254740993, "a":"\\u0041"}, "own": 1e400 }',
  );
  assert.deepEqual(originalOf(failed(original)), { to: 'infer', body: original.toString() });
});

test('what was unroutable goes to the actor that could not be reached, with the payload that it was to get', () => {
  const dispatched = envelope({ route: { actors: ['prep', 'infer', 'post'], current: 2 } });
  assert.equal(originalOf(failed(dispatched, 'unroutable')).to, 'post');
});

test('past the end of its route it goes to happy-end', () => {
  const dispatched = envelope({ route: { actors: ['prep'], current: 1 } });
  assert.equal(originalOf(failed(dispatched, 'unroutable')).to, 'happy-end');
});

test('a deadline, which may have passed, does not come back, and other headers do', () => {
  const headers = { 'x-asya-deadline': '2020-01-01T00:00:00Z', priority: 'high' };
  const { body } = originalOf(failed(envelope({ headers }), 'deadline_exceeded'));
  assert.deepEqual((JSON.parse(body) as { headers: unknown }).headers, {
    'x-asya-hops': 2,
    'x-asya-deadline': null,
    priority: 'high',
  });
  // It is taken again by an actor, which refuses a deadline that is no date.
  assert.equal(readEnvelope(Buffer.from(body), { maxNesting: 100 }).headers.deadlineMs, undefined);
});

test('what was parked is so no longer', () => {
  const headers = { 'x-asya-parked': { code: 'runtime_crashed', message: 'gone' } };
  const { body } = originalOf(failed(envelope({ headers })));
  assert.equal((JSON.parse(body) as { headers: Record<string, unknown> }).headers['x-asya-parked'], null);
});

test('bytes that were no envelope come back as they were, to the actor that got them', () => {
  for (const body of [Buffer.from('{"id": tru'), Buffer.from([0, 1, 0xff, 0xfe])]) {
    const { original, code } = restoreOriginal(refused(body), OPTIONS);
    assert.deepEqual(original, { to: 'infer', body });
    assert.equal(code, 'parse_error');
  }
});

test('an envelope that was kept as bytes goes where its route stands', () => {
  const body = envelope({ route: { actors: ['post'], current: 0 } });
  assert.equal(originalOf(refused(body)).to, 'post');
});

test('an original of which only the head was kept is lost', () => {
  const huge = Buffer.from(
    JSON.stringify({ ...JSON.parse(envelope({}).toString()), payload: 'x'.repeat(2 ** 20) }),
  );
  assert.deepEqual(lostOf(failed(huge, 'reply_too_large', 2 ** 20)), {
    id: 'env-1',
    code: 'reply_too_large',
    lost: 'its original was too large to be kept',
  });
});

test('what a broker has moved to the end by itself goes back as it is', () => {
  const moved = envelope({});
  assert.deepEqual(originalOf(moved), { to: 'infer', body: moved.toString() });
  assert.equal(restoreOriginal(moved, OPTIONS).code, undefined);
});

test('a payload that only looks like a report is a payload', () => {
  const payload = { error: 'x', details: { hint: 'y' }, original_payload: 1 };
  const moved = Buffer.from(JSON.stringify({ ...JSON.parse(envelope({}).toString()), payload }));
  assert.equal(originalOf(moved).body, moved.toString());
});

test('bytes without any envelope cannot be told anything of', () => {
  assert.deepEqual(lostOf(Buffer.from('garbage')), {
    id: undefined,
    code: undefined,
    lost: 'it is no envelope',
  });
});
