import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { encodeEnvelope, type Edit, type HeaderEdit } from '../../src/envelope/edit.ts';
import { readEnvelope, type Envelope } from '../../src/envelope/envelope.ts';
import { createCursor, readRawObject, type RawObject } from '../../src/envelope/json/json.ts';
import { envelopeText } from '../kit/envelopes/envelopeText.ts';
import { jsonText, objectText } from '../kit/envelopes/jsonText.ts';

test('an empty edit returns the received bytes', () => {
  fc.assert(
    fc.property(envelopeText, (text) => {
      assert.equal(encodeEnvelope(read(text), {}).toString(), text);
    }),
  );
});

test('an edit changes only the members that it names', () => {
  fc.assert(
    fc.property(envelopeText, editOf, (text, edit) => {
      const printed = encodeEnvelope(read(text), edit).toString();
      assert.deepEqual(JSON.parse(printed), change(JSON.parse(text), edit));
      assertUntouched(read(text), read(printed), edit);
    }),
    { numRuns: 300 },
  );
});

test('applying an edit twice equals applying it once', () => {
  fc.assert(
    fc.property(envelopeText, editOf, (text, edit) => {
      const once = encodeEnvelope(read(text), edit);
      assert.equal(encodeEnvelope(read(once.toString()), edit).toString(), once.toString());
    }),
  );
});

const ODD =
  ' { "id" : "a\\u0062" ,"big":18446744073709551616, "big":1.0,"route":{"actors":["a","b"], "current" : 0,"x":1e400},' +
  ' "headers":{ "n":9007199254740993,"x-asya-hops": 1 ,"n":1.0},"payload": {"a":1.0,"a":"\\/"} } ';

test('values are replaced in place', () => {
  const edit: Edit = {
    id: 'c',
    current: 1,
    headers: [['x-asya-hops', 2]],
    payload: Buffer.from('[1.0 ]'),
  };
  assert.equal(
    encodeEnvelope(read(ODD), edit).toString(),
    ' { "id" : "c" ,"big":18446744073709551616, "big":1.0,"route":{"actors":["a","b"], "current" : 1,"x":1e400},' +
      ' "headers":{ "n":9007199254740993,"x-asya-hops": 2 ,"n":1.0},"payload": [1.0 ] } ',
  );
});

test('a text whose characters equal the old bytes is still replaced', () => {
  // The code units of "Ã©" equal the UTF-8 bytes of "é".
  const text = `{"id":"é","headers":{"x":"é"},${REST}}`;
  const printed = encodeEnvelope(read(text), { id: 'Ã©', headers: [['x', 'Ã©']] }).toString();
  assert.equal(printed, `{"id":"Ã©","headers":{"x":"Ã©"},${REST}}`);
});

test('a text that equals an escape sequence is still replaced', () => {
  const text = `{"id":"a","headers":{"x":"\\n"},${REST}}`;
  const printed = encodeEnvelope(read(text), { headers: [['x', '\\n']] }).toString();
  assert.equal(printed, `{"id":"a","headers":{"x":"\\\\n"},${REST}}`);
});

test('missing members are inserted first', () => {
  const text = '{ "id":"a","route":{"actors":["a"],"current":0},"payload":1}';
  const edit: Edit = {
    parentId: 'b',
    headers: [
      ['x', 'y'],
      ['z', { of: null }],
    ],
  };
  assert.equal(
    encodeEnvelope(read(text), edit).toString(),
    '{"parent_id":"b","headers":{"x":"y","z":{"of":null}}, "id":"a","route":{"actors":["a"],"current":0},"payload":1}',
  );
});

test('headers are added to an empty object, and replace null', () => {
  for (const headers of ['{}', '{ }', '{\n}', 'null']) {
    const printed = encodeEnvelope(read(`{"id":"a","headers":${headers},${REST}}`), {
      headers: [
        ['x', 1],
        ['y', 2],
      ],
    });
    assert.deepEqual(JSON.parse(printed.toString()).headers, { x: 1, y: 2 });
  }
});

test('removing headers keeps the bytes of the other values', () => {
  const removed: HeaderEdit[] = [
    ['a', undefined],
    ['absent', undefined],
    ['c"', undefined],
  ];
  for (const [headers, expected] of [
    ['{"a":1}', '{}'],
    ['{ "a" : 1 , "c\\"":2 }', '{}'],
    [
      '{"a":1,"b" : 1.0 ,"c\\u0022":{"x":[]}, "d":18446744073709551616}',
      '{"b":1.0,"d":18446744073709551616}',
    ],
    ['{"b":1 }', '{"b":1 }'],
  ]) {
    const printed = encodeEnvelope(read(`{"id":"a","headers":${headers},${REST}}`), {
      headers: removed,
    });
    assert.equal(printed.toString(), `{"id":"a","headers":${expected},${REST}}`);
  }
  const none = encodeEnvelope(read(`{"headers":{"lost":1},"id":"a",${REST}}`), {
    baseHeaders: rawObject('{"a":1,"x":2}', 3),
    headers: [...removed, ['x', 3]],
  });
  assert.equal(none.toString(), `{"headers":{"x":3},"id":"a",${REST}}`);
});

test('base headers replace the own headers byte for byte', () => {
  const base = rawObject('{ "n" : 1.0,"x":1 }', 3);
  const printed = encodeEnvelope(read(`{"headers":{"lost":1},"id":"a",${REST}}`), {
    baseHeaders: base,
    headers: [
      ['x', 2],
      ['y', 3],
    ],
  });
  assert.equal(printed.toString(), `{"headers":{"y":3, "n" : 1.0,"x":2 },"id":"a",${REST}}`);
  const untouched = encodeEnvelope(read(`{"headers":{"lost":1},"id":"a",${REST}}`), {
    baseHeaders: base,
  });
  assert.equal(untouched.toString(), `{"headers":{ "n" : 1.0,"x":1 },"id":"a",${REST}}`);
});

test('an encoded route takes precedence over current', () => {
  const route = Buffer.from('{"current":1.0,"actors":["b","c"] }');
  const text = `{"id":"a","route":{"actors":["a"],"current":0},"payload":1}`;
  const expected = `{"id":"a","route":${route.toString()},"payload":1}`;
  assert.equal(encodeEnvelope(read(text), { route, current: 7 }).toString(), expected);
});

test('at an end, a missing route is inserted and an invalid one stays unchanged', () => {
  const route = Buffer.from('{"actors":["a"],"current":0}');
  const none = readEnvelope(Buffer.from('{"id":"a","payload":1}'), { maxNesting: 10, isEnd: true });
  const expected = '{"route":{"actors":["a"],"current":0},"id":"a","payload":1}';
  assert.equal(encodeEnvelope(none, { route }).toString(), expected);
  assert.equal(encodeEnvelope(none, { current: 1 }).toString(), '{"id":"a","payload":1}');
  const odd = readEnvelope(Buffer.from('{"id":"a","route":7,"payload":1}'), {
    maxNesting: 10,
    isEnd: true,
  });
  assert.equal(encodeEnvelope(odd, { current: 1 }).toString(), '{"id":"a","route":7,"payload":1}');
});

test('`__proto__` is an ordinary header', () => {
  const headers: HeaderEdit[] = [
    ['__proto__', { a: 1 }],
    ['constructor', 2],
  ];
  const printed = encodeEnvelope(read(`{"id":"a","headers":{"__proto__":7},${REST}}`), { headers });
  assert.equal(
    printed.toString(),
    `{"id":"a","headers":{"constructor":2,"__proto__":{"a":1}},${REST}}`,
  );
});

test('text is encoded as UTF-8, with lone surrogates escaped', () => {
  const printed = encodeEnvelope(read(`{"id":"a",${REST}}`), {
    id: 'ä😀\n',
    parentId: '\ud800',
    headers: [['é"', 'ü']],
  });
  const { id, parent_id: parentId, headers } = JSON.parse(printed.toString());
  assert.deepEqual(
    { id, parentId, headers },
    { id: 'ä😀\n', parentId: '\ud800', headers: { 'é"': 'ü' } },
  );
});

const REST = '"route":{"actors":["a"],"current":0},"payload":1';

const editOf: fc.Arbitrary<Edit> = fc.record(
  {
    id: fc.string({ unit: 'grapheme', minLength: 1 }),
    parentId: fc.string({ unit: 'binary' }),
    current: fc.constant(0),
    route: fc.constant(Buffer.from('{ "actors":["a"],"current":0.0}')),
    payload: jsonText().map((text) => Buffer.from(text)),
    headers: fc
      .dictionary(
        fc.oneof(
          fc.constantFrom('x-asya-hops', 'x-asya-journey-id', 'traceparent', '__proto__', '"'),
          fc.string(),
        ),
        fc.oneof(
          fc.string(),
          fc.integer(),
          fc.boolean(),
          fc.constant(null),
          fc.constant({ of: 'a' }),
          fc.constant(undefined),
        ),
      )
      .map((headers) => Object.entries(headers)),
    baseHeaders: objectText({ 'x-asya-hops': fc.constant('1.0') }).map((text) =>
      rawObject(text, 2),
    ),
  },
  { requiredKeys: [] },
);

/** Applies an edit to a parsed envelope: the reference implementation. */
function change(parsed: Record<string, unknown>, edit: Edit): Record<string, unknown> {
  const changed = { ...parsed };
  if (edit.id !== undefined) changed['id'] = edit.id;
  if (edit.parentId !== undefined) changed['parent_id'] = edit.parentId;
  if (edit.payload !== undefined) changed['payload'] = JSON.parse(edit.payload.toString());
  if (edit.route !== undefined) changed['route'] = JSON.parse(edit.route.toString());
  else if (edit.current !== undefined)
    changed['route'] = { ...Object(parsed['route']), current: edit.current };
  if (edit.headers !== undefined || edit.baseHeaders !== undefined) {
    const base =
      edit.baseHeaders === undefined ? parsed['headers'] : JSON.parse(textOf(edit.baseHeaders));
    const headers: Record<string, unknown> = {
      ...Object(base),
      ...Object.fromEntries(edit.headers ?? []),
    };
    for (const [name, value] of edit.headers ?? []) if (value === undefined) delete headers[name];
    changed['headers'] = headers;
  }
  return changed;
}

/** Asserts that the members that the edit does not name have the same bytes. */
function assertUntouched(before: Envelope, after: Envelope, edit: Edit): void {
  const named = { id: edit.id, parent_id: edit.parentId, payload: edit.payload };
  const parts = ['route', 'headers'];
  assertSameMembers(before.layout.root, after.layout.root, [...parts, ...keysOf(named)]);
  if (edit.route === undefined) {
    assertSameMembers(
      before.layout.route,
      after.layout.route,
      edit.current === undefined ? [] : ['current'],
    );
  }
  const headers = edit.baseHeaders ?? before.layout.headers;
  assertSameMembers(
    headers,
    after.layout.headers,
    (edit.headers ?? []).map(([name]) => name),
  );
}

function assertSameMembers(
  before: RawObject | undefined,
  after: RawObject | undefined,
  except: string[],
): void {
  for (const [key, span] of before?.members ?? []) {
    if (except.includes(key)) continue;
    assert.ok(before !== undefined && after !== undefined);
    const now = after.members.get(key);
    assert.equal(
      textOf({ ...after, range: now ?? { start: 0, end: 0 } }),
      textOf({ ...before, range: span }),
    );
  }
}

function keysOf(values: Record<string, unknown>): string[] {
  return Object.keys(values).filter((key) => values[key] !== undefined);
}

function textOf({ bytes, range: span }: RawObject): string {
  return bytes.toString('utf8', span.start, span.end);
}

/** An object that starts at an index of its bytes. */
function rawObject(text: string, at: number): RawObject {
  return readRawObject(createCursor(Buffer.from(' '.repeat(at) + text), 10));
}

function read(text: string): Envelope {
  return readEnvelope(Buffer.from(text), { maxNesting: 10 });
}
