import assert from 'node:assert/strict';
import test from 'node:test';
import {
  findHeader,
  parseDate,
  readKnownHeaders,
  type Fanout,
  type KnownHeaders,
} from '../../src/envelope/headers.ts';
import { createCursor, readRawObject, type RawObject } from '../../src/envelope/json/json.ts';

test('the headers of a journey are read', () => {
  const headers = read({
    'x-asya-journey-id': 'env-0',
    'x-asya-started-at': '2026-11-23T21:00:00.123Z',
    'x-asya-hops': 3,
    'x-asya-fanout': { of: 'env-0', index: 0, total: 2, hop: 1, extra: true },
    'x-asya-deadline': '2026-11-23T22:00:00+01:00',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: 'a=b',
    baggage: 'c=d',
    priority: 'high',
  });
  assert.deepEqual(headers, {
    journeyId: 'env-0',
    startedAt: '2026-11-23T21:00:00.123Z',
    hops: 3,
    fanout: { of: 'env-0', index: 0, total: 2, hop: 1 },
    deadlineMs: Date.UTC(2026, 10, 23, 21),
    replyTo: undefined,
    trace: {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'a=b',
      baggage: 'c=d',
    },
  } satisfies KnownHeaders);
});

const ABSENT: KnownHeaders = {
  journeyId: 'env-1',
  startedAt: undefined,
  hops: 0,
  fanout: undefined,
  deadlineMs: undefined,
  replyTo: undefined,
  trace: {},
};

test('an envelope without headers begins its journey', () => {
  assert.deepEqual(readKnownHeaders(undefined, { id: 'env-1', isEnd: false }), ABSENT);
  assert.deepEqual(read({}), ABSENT);
});

test('invalid values count as absent', () => {
  const fanout = { of: 'env-0', index: 0, total: 2, hop: 1 };
  const invalid: Record<string, readonly unknown[]> = {
    'x-asya-journey-id': ['', '\ud800', 7, null, {}],
    'x-asya-started-at': ['', 'yesterday', '2026-11-23', 1_700_000_000_000, null],
    'x-asya-hops': [-1, 0.5, '3', 2 ** 53, null, [], true],
    'x-asya-fanout': [
      null,
      7,
      'a',
      [],
      {},
      { ...fanout, of: 7 },
      { ...fanout, of: '' },
      { ...fanout, index: -1 },
      { ...fanout, total: '2' },
      { ...fanout, hop: 0.5 },
    ],
    'x-asya-deadline': [null],
    traceparent: [7, null, {}],
  };
  for (const [name, values] of Object.entries(invalid)) {
    for (const value of values)
      assert.deepEqual(read({ [name]: value }), ABSENT, JSON.stringify(value));
  }
});

test('an invalid deadline is rejected, and ignored at an end', () => {
  for (const value of ['', 'soon', '2026-11-23', 7, {}, false]) {
    const text = JSON.stringify({ 'x-asya-deadline': value });
    const raw = readRawObject(createCursor(Buffer.from(text), 9));
    const read = (isEnd: boolean): KnownHeaders => readKnownHeaders(raw, { id: 'a', isEnd });
    const message = 'headers.x-asya-deadline must be a date (RFC 3339)';
    assert.throws(() => read(false), { name: 'EnvelopeError', code: 'invalid_envelope', message });
    assert.equal(read(true).deadlineMs, undefined);
  }
});

test('a reply queue is asya:reply: and an id, of at most 255 bytes', () => {
  const names = ['asya:reply:a', 'asya:reply:7f-Z_.~:@+/=', `asya:reply:${'x'.repeat(244)}`];
  for (const name of names) assert.equal(read({ 'x-asya-reply-to': name }).replyTo, name);
  assert.deepEqual(read({ 'x-asya-reply-to': null }), ABSENT);
});

test('any other reply queue is rejected, and ignored at an end', () => {
  const invalid = [
    '',
    'infer',
    'asya-infer',
    'asya:reply:',
    'Asya:reply:a',
    ' asya:reply:a',
    'asya:reply:a b',
    'asya:reply:a\n',
    'asya:reply:ä',
    `asya:reply:${'x'.repeat(245)}`,
    7,
    {},
    ['asya:reply:a'],
  ];
  const message = new RegExp(`^headers.x-asya-reply-to must be asya:reply:<id>, at most 255 bytes`);
  for (const value of invalid) {
    const raw = rawObject({ 'x-asya-reply-to': value });
    const known = (isEnd: boolean): KnownHeaders => readKnownHeaders(raw, { id: 'env-1', isEnd });
    assert.throws(() => known(false), { code: 'invalid_envelope', message });
    assert.deepEqual(known(true), ABSENT);
  }
});

test('enclosing fan-outs are read up to the first invalid one, at most eight', () => {
  const level = (hop: number): Fanout => ({ of: 'env-0', index: 0, total: 2, hop });
  const nested = (depth: number): Fanout =>
    depth === 0 ? level(0) : { ...level(depth), outer: nested(depth - 1) };
  assert.deepEqual(read({ 'x-asya-fanout': nested(8) }).fanout, nested(8));
  const read9 = JSON.stringify(read({ 'x-asya-fanout': nested(9) }).fanout);
  assert.equal(read9.match(/outer/g)?.length, 8);
  for (const outer of [null, 7, {}, { ...level(1), of: '' }]) {
    const fanout = { ...level(2), outer: { ...level(1), outer } };
    assert.deepEqual(read({ 'x-asya-fanout': fanout }).fanout, { ...level(2), outer: level(1) });
  }
});

// https://www.rfc-editor.org/rfc/rfc3339#section-5.6
test('RFC 3339 dates are parsed', () => {
  const dates = {
    '2026-11-23T21:00:00Z': Date.UTC(2026, 10, 23, 21),
    '2026-11-23t21:00:00z': Date.UTC(2026, 10, 23, 21),
    '2026-11-23T21:00:00.5Z': Date.UTC(2026, 10, 23, 21, 0, 0, 500),
    '2026-11-23T21:00:00.123456789-00:00': Date.UTC(2026, 10, 23, 21, 0, 0, 123),
    '2026-11-23T23:59:59+05:30': Date.UTC(2026, 10, 23, 18, 29, 59),
    '2028-02-29T00:00:00Z': Date.UTC(2028, 1, 29),
  };
  for (const [text, time] of Object.entries(dates)) assert.equal(parseDate(text), time, text);
});

test('text that only resembles a date is rejected', () => {
  const invalid = [
    '',
    'now',
    '2026-11-23',
    '2026-11-23T21:00Z',
    '2026-11-23T21:00:00',
    '2026-11-23 21:00:00Z',
    '2026-11-23T21:00:00.Z',
    '2026-11-23T21:00:00+0100',
    '2026-11-23T24:00:00Z',
    '2026-11-23T21:60:00Z',
    '2026-11-31T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '26-11-23T21:00:00Z',
    ' 2026-11-23T21:00:00Z',
    '2026-11-23T21:00:00Z\n',
    '2026-11-23T21:00:00+24:00',
  ];
  for (const text of invalid) assert.equal(parseDate(text), undefined, text);
});

test('a message header is found in any letter case, and an exact match takes precedence', () => {
  assert.equal(findHeader({ TraceParent: '1' }, 'traceparent'), '1');
  assert.equal(findHeader({ TRACEPARENT: '1', traceparent: '2' }, 'traceparent'), '2');
  assert.equal(findHeader({ tracestate: '1' }, 'traceparent'), undefined);
  assert.equal(findHeader({}, 'constructor'), undefined);
});

function read(headers: Record<string, unknown>): KnownHeaders {
  return readKnownHeaders(rawObject(headers), { id: 'env-1', isEnd: false });
}

function rawObject(value: object): RawObject {
  return readRawObject(createCursor(Buffer.from(JSON.stringify(value)), 99));
}
