import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { payloadOf, readEnvelope, type ReadOptions } from '../../src/envelope/envelope.ts';
import { EnvelopeError } from '../../src/envelope/envelopeError.ts';
import { envelopeText } from '../kit/envelopes/envelopeText.ts';
import { jsonText } from '../kit/envelopes/jsonText.ts';

test('an envelope has the values that JSON.parse returns, and an unchanged payload', () => {
  fc.assert(
    fc.property(envelopeText, (text) => {
      const envelope = readEnvelope(Buffer.from(text), { maxNesting: 10 });
      const { id, parent_id: parentId, route, payload } = JSON.parse(text);
      assert.equal(envelope.id, id);
      assert.equal(envelope.parentId, parentId ?? undefined);
      assert.deepEqual(envelope.actors, route.actors);
      assert.equal(envelope.current, route.current);
      assert.deepEqual(JSON.parse(payloadOf(envelope).toString()), payload);
      assert.ok(text.includes(payloadOf(envelope).toString()));
    }),
  );
});

test('other JSON is an invalid envelope, other bytes are a parse error', () => {
  fc.assert(
    fc.property(jsonText(), fc.nat(3), (text, dropped) => {
      const bytes = Buffer.from(text.slice(0, text.length - dropped));
      const code = isJson(bytes.toString()) ? 'invalid_envelope' : 'parse_error';
      assert.throws(() => readEnvelope(bytes, { maxNesting: 10 }), { name: 'EnvelopeError', code });
    }),
  );
});

test('an error names the field and the broken rule', () => {
  const name = '(^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$)';
  const rules: readonly (readonly [change: Record<string, string | undefined>, message: string])[] =
    [
      [{ id: undefined }, 'id must be a non-empty string'],
      [{ id: 'null' }, 'id must be a non-empty string'],
      [{ id: '""' }, 'id must be a non-empty string'],
      [{ id: '7' }, 'id must be a non-empty string'],
      [{ id: '["a"]' }, 'id must be a non-empty string'],
      [{ id: '"a\\ud800"' }, 'id must be well-formed Unicode'],
      [{ parent_id: '7' }, 'parent_id must be a string'],
      [{ parent_id: '{}' }, 'parent_id must be a string'],
      [{ payload: undefined }, 'payload is required'],
      [{ headers: '[]' }, 'headers must be an object'],
      [{ headers: '"a"' }, 'headers must be an object'],
      [{ headers: 'false' }, 'headers must be an object'],
      [{ route: undefined }, 'route is required'],
      [{ route: 'null' }, 'route is required'],
      [{ route: '[]' }, 'route must be an object'],
      [{ route: '"a"' }, 'route must be an object'],
      [{ route: '{}' }, 'route.actors must be a non-empty array'],
      [{ route: '{"actors":[],"current":0}' }, 'route.actors must be a non-empty array'],
      [{ route: '{"actors":"a","current":0}' }, 'route.actors must be a non-empty array'],
      [{ route: '{"actors":{"0":"a"},"current":0}' }, 'route.actors must be a non-empty array'],
      [
        { route: '{"actors":["a",7],"current":0}' },
        `route.actors[1] must be an actor's name ${name}`,
      ],
      [
        { route: '{"actors":["a",null],"current":0}' },
        `route.actors[1] must be an actor's name ${name}`,
      ],
      [
        { route: '{"actors":["#"],"current":0}' },
        `route.actors[0] must be an actor's name ${name}`,
      ],
      [{ route: '{"actors":["a"]}' }, 'route.current must be an integer from 0 to 0'],
      [
        { route: '{"actors":["a","b"],"current":null}' },
        'route.current must be an integer from 0 to 1',
      ],
      [
        { route: '{"actors":["a","b"],"current":2}' },
        'route.current must be an integer from 0 to 1',
      ],
      [
        { route: '{"actors":["a","b"],"current":-1}' },
        'route.current must be an integer from 0 to 1',
      ],
      [
        { route: '{"actors":["a","b"],"current":0.5}' },
        'route.current must be an integer from 0 to 1',
      ],
      [
        { route: '{"actors":["a","b"],"current":1e400}' },
        'route.current must be an integer from 0 to 1',
      ],
      [
        { route: '{"actors":["a","b"],"current":"0"}' },
        'route.current must be an integer from 0 to 1',
      ],
      [
        { route: '{"actors":["a"],"current":"length"}' },
        'route.current must be an integer from 0 to 0',
      ],
      [{ route: '{"actors":["a"],"current":0,"metadata":[]}' }, 'route.metadata must be an object'],
      [{ route: '{"actors":["a"],"current":0,"metadata":7}' }, 'route.metadata must be an object'],
      [{ headers: '{"x-asya-deadline":7}' }, 'headers.x-asya-deadline must be a date (RFC 3339)'],
      [
        { headers: '{"x-asya-deadline":"soon"}' },
        'headers.x-asya-deadline must be a date (RFC 3339)',
      ],
      [{ payload: '[[[[]]]]' }, 'nested deeper than 4 levels'],
    ];
  for (const [change, message] of rules) {
    assert.throws(() => read(print(change), { maxNesting: 3 }), {
      code: 'invalid_envelope',
      message,
    });
  }
});

test('an envelope must be an object', () => {
  for (const text of ['[]', '"a"', '1', 'true', 'null']) {
    const expected = { code: 'invalid_envelope', message: 'envelope must be an object' };
    assert.throws(() => read(text), expected, text);
  }
});

test('invalid JSON is reported before an invalid field', () => {
  for (const text of [
    '',
    ' ',
    '{',
    '[1,',
    `${print()}}`,
    `${print({ id: '1' })},`,
    '{"id":1,"id":2',
    '\ufeff{}',
  ]) {
    assert.throws(() => read(text), { code: 'parse_error' }, text);
  }
  assert.throws(() => readEnvelope(Buffer.of(0x22, 0xff, 0x22), { maxNesting: 9 }), {
    code: 'parse_error',
    message: 'the text is not UTF-8',
  });
});

test('a field must not occur twice, even if it is escaped differently', () => {
  const twice = {
    id: print({ '\\u0069d': '"b"' }),
    parent_id: print({ parent_id: '"a"', 'parent\\u005fid': 'null' }),
    payload: print({ 'pay\\u006coad': '1' }),
    route: print({ 'rout\\u0065': '{}' }),
    headers: print({ headers: '{}', 'header\\u0073': '{}' }),
    'route.actors': print({ route: '{"actors":["a"],"current":0,"\\u0061ctors":["b"]}' }),
    'route.current': print({ route: '{"actors":["a"],"current":0,"current":0}' }),
    'route.metadata': print({ route: '{"metadata":{},"actors":["a"],"current":0,"metadata":{}}' }),
    'headers.x-asya-hops': print({ headers: '{"x-asya-hops":1,"x-asya-h\\u006fps":1}' }),
    'headers.x-asya-journey-id': print({
      headers: '{"x-asya-journey-id":"a","x-asya-journey-id":"a"}',
    }),
    'headers.x-asya-started-at': print({
      headers: '{"x-asya-started-at":1,"x-asya-started-at":1}',
    }),
    'headers.x-asya-fanout': print({ headers: '{"x-asya-fanout":1,"x-asya-fanout":1}' }),
    'headers.x-asya-deadline': print({
      headers: '{"x-asya-deadline":null,"x-asya-deadline":null}',
    }),
    'headers.traceparent': print({ headers: '{"traceparent":"a","a":1,"traceparent":"b"}' }),
    'headers.tracestate': print({ headers: '{"tracestate":"a","tracestate":"b"}' }),
    'headers.baggage': print({ headers: '{"baggage":"a","baggage":"b"}' }),
  };
  for (const [field, text] of Object.entries(twice)) {
    const expected = { code: 'invalid_envelope', message: `${field} occurs twice` };
    assert.throws(() => read(text), expected, text);
    assert.throws(() => read(text, { isEnd: true }), expected, text);
  }
});

test('an unknown key may occur twice', () => {
  const text = print({
    payload: '{"a":1,"a":2,"id":1,"id":2}',
    x: '1,"x":2',
    headers: '{"priority":1,"priority":2,"id":1,"id":2}',
    route: '{"actors":["a"],"current":0,"metadata":{"current":1,"current":2},"id":1,"id":2}',
  });
  assert.equal(payloadOf(read(text)).toString(), '{"a":1,"a":2,"id":1,"id":2}');
});

test('null counts as absent in optional fields', () => {
  const envelope = read(
    print({
      parent_id: 'null',
      headers: 'null',
      route: '{"actors":["a"],"current":0,"metadata":null}',
    }),
  );
  assert.equal(envelope.parentId, undefined);
  assert.equal(envelope.headers.journeyId, 'env-1');
  assert.equal(read(print({ headers: '{"x-asya-deadline":null}' })).headers.deadlineMs, undefined);
});

test('null is a payload', () => {
  assert.equal(payloadOf(read(print({ payload: 'null' }))).toString(), 'null');
});

test('a current of 1.0 is an integer', () => {
  assert.equal(read(print({ route: '{"actors":["a","b"],"current":1.0}' })).current, 1);
});

test('an end accepts any route state and ignores the deadline', () => {
  const routes = [
    undefined,
    'null',
    '7',
    '[]',
    '{}',
    '{"actors":7}',
    '{"actors":["#",null]}',
    '{"current":"x"}',
    '{"actors":["a"],"current":9}',
    '{"actors":["a"],"current":-1,"metadata":7}',
  ];
  for (const route of routes) {
    const text = print({ route, headers: '{"x-asya-deadline":"soon"}' });
    assert.throws(() => read(text), EnvelopeError);
    const envelope = read(text, { isEnd: true });
    assert.equal(envelope.headers.deadlineMs, undefined);
    assert.ok(Number.isSafeInteger(envelope.current));
  }
  const { actors, current } = read(print({ route: '{"actors":["a"],"current":1}' }), {
    isEnd: true,
  });
  assert.deepEqual({ actors, current }, { actors: ['a'], current: 1 });
});

test('an end allows one more level of nesting for the original in an error envelope', () => {
  const original = print({ payload: '{"original_payload":[[[]]]}' });
  read(original, { maxNesting: 3, isEnd: true });
  assert.throws(() => read(original, { maxNesting: 3 }), { code: 'invalid_envelope' });
});

test('a payload is rejected if it is nested deeper than the limit', () => {
  read(print({ payload: '[[[]]]' }), { maxNesting: 3 });
  const expected = { code: 'invalid_envelope', message: /nested deeper/ };
  assert.throws(() => read(print({ payload: '[[[[]]]]' }), { maxNesting: 3 }), expected);
  assert.throws(() => read(print({ payload: '['.repeat(1_000_000) })), expected);
});

test('the envelope itself needs a limit of at least two levels', () => {
  read(print({ payload: '[[]]' }), { maxNesting: 2 });
  assert.throws(() => read(print({ payload: '1' }), { maxNesting: 1 }), {
    message: /nested deeper/,
  });
});

const FIELDS = { id: '"env-1"', route: '{"actors":["a"],"current":0}', payload: '1' };

/** Prints an envelope with some fields changed, or left out if undefined. */
function print(change: Record<string, string | undefined> = {}): string {
  const members = Object.entries({ ...FIELDS, ...change }).filter(
    ([, value]) => value !== undefined,
  );
  return `{${members.map(([key, value]) => `"${key}":${value}`).join(',')}}`;
}

function read(text: string, options: Partial<ReadOptions> = {}): ReturnType<typeof readEnvelope> {
  return readEnvelope(Buffer.from(text), { maxNesting: 10, ...options });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
