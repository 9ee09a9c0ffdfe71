import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import {
  expectEnd,
  decodeMember,
  kindAt,
  createCursor,
  readArray,
  readRawObject,
  skipValue,
  type Cursor,
  type ByteRange,
  type RawObject,
} from '../../../src/envelope/json/json.ts';
import { JsonError } from '../../../src/envelope/json/jsonError.ts';
import { jsonText, padded } from '../../kit/envelopes/jsonText.ts';
import { mutation } from '../../kit/envelopes/mutation.ts';

const NO_LIMIT = Number.POSITIVE_INFINITY;

test('a valid text has the values that JSON.parse returns', () => {
  fc.assert(
    fc.property(padded(jsonText()), (text) => {
      const bytes = Buffer.from(text);
      assert.deepEqual(readText(bytes, rebuild), parse(bytes));
      assert.equal(textAt(bytes, readText(bytes, skipValue)), text.trim());
    }),
    { numRuns: 1000 },
  );
});

test('the scanner and JSON.parse accept the same mutated texts', () => {
  fc.assert(
    fc.property(
      padded(jsonText()),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      (text, mutations) => {
        const bytes = mutations.reduce<Buffer>(
          (before, mutate) => mutate(before),
          Buffer.from(text),
        );
        assert.equal(
          accepts(bytes, skipValue),
          parses(bytes),
          JSON.stringify(bytes.toString('latin1')),
        );
        assert.equal(
          accepts(bytes, rebuild),
          parses(bytes),
          JSON.stringify(bytes.toString('latin1')),
        );
      },
    ),
    { numRuns: 5000 },
  );
});

test('the scanner and JSON.parse accept the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 6 }), (array) => {
      const bytes = Buffer.from(array);
      assert.equal(accepts(bytes, skipValue), parses(bytes));
    }),
    { numRuns: 5000 },
  );
});

const VALID = [
  ...words('0 -0 -1 1.0 1e400 -1E-400 1e+0 1e00 0.0e-0 9007199254740993 true false null'),
  ...words(String.raw`"\ud800" "\udc00\ud800" "\u0000" "\uD83D\uDE00" "\"\\\/\b\f\n\r\t"`),
  ...words('"\u007f" "\u2028\u2029" "\uffff" "\ufeff"'),
  ...words('{"__proto__":{"a":1}} {"":0} {"a":1,"a":2} [[],{},[{}]]'),
  `1e${'9'.repeat(400)}`,
  ' \t\r\n1 \t\r\n',
];

const INVALID = [
  '- +1 01 -01 00 1. .5 1.e5 1e 1e+ 1e5.5 0x1 1_000 --1 NaN Infinity -Infinity',
  "undefined tru truee True nul nulll a 'a' #1 1// //a /*a*/1 1/*a*/",
  String.raw`" "a "\ "\" "\x41" "\u" "\u12" "\u123g" "\U0041" "a"b`,
  '[ ] [1 [1, [1,] [,1] [1} [1:2] { } {"a" {"a": {"a":1 {"a":1, {"a":1,} {,} {a:1}',
  '{1:1} {"a",1} {"a":1"b":2} {"a":1] {null:1} {"a"::1}',
  '"\u0000" "\u001f" "\n" \ufeff1 \u00a01 1\u00a0 \u20281 \v1 \f1 //a\n1 1\u0000',
]
  .flatMap(words)
  .concat('', ' ', '1 2', '"a" b', '[1 2]', '{"a" 1}', '{"a":1 "b":2}');

function words(text: string): string[] {
  return text.split(' ');
}

// https://www.rfc-editor.org/rfc/rfc3629#section-3
const NOT_UTF8: Record<string, readonly number[]> = {
  'a byte that starts no sequence': [0xff],
  'a lone continuation byte': [0x80],
  'an overlong slash of two bytes': [0xc0, 0xaf],
  'an overlong quote of two bytes': [0xc0, 0xa2],
  'an overlong sequence of three bytes': [0xe0, 0x80, 0xaf],
  'an overlong sequence of four bytes': [0xf0, 0x80, 0x80, 0xaf],
  'a high surrogate': [0xed, 0xa0, 0x80],
  'a low surrogate': [0xed, 0xb0, 0x80],
  'a surrogate pair': [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
  'a code point over U+10FFFF': [0xf4, 0x90, 0x80, 0x80],
  'a truncated sequence of two bytes': [0xc3],
  'a truncated sequence of three bytes': [0xe2, 0x82],
  'a truncated sequence of four bytes': [0xf0, 0x9f, 0x98],
};

test('unusual but valid texts are accepted', () => {
  for (const text of VALID) {
    const bytes = Buffer.from(text);
    assert.deepEqual(readText(bytes, rebuild), JSON.parse(text), text);
    assert.equal(textAt(bytes, readText(bytes, skipValue)), text.trim());
  }
});

test('invalid texts are rejected at any depth', () => {
  for (const text of INVALID) {
    for (const around of [text, `[[${text}`, `[0,${text}`, `{"a":[${text}`, `{"a":1,"b":${text}`]) {
      assert.equal(parses(Buffer.from(around)), false, around);
      assert.equal(accepts(Buffer.from(around), skipValue), false, around);
      assert.equal(accepts(Buffer.from(around), rebuild), false, around);
    }
  }
});

test('invalid UTF-8 is rejected in strings, in keys and between values', () => {
  for (const [what, sequence] of Object.entries(NOT_UTF8)) {
    for (const [before, after] of [
      ['"', '"'],
      ['{"', '":1}'],
      ['', '1'],
      ['1', ''],
    ] as const) {
      const bytes = Buffer.concat([Buffer.from(before), Buffer.from(sequence), Buffer.from(after)]);
      const expected = { name: 'JsonError', reason: 'syntax', message: 'the text is not UTF-8' };
      assert.throws(() => readText(bytes, skipValue), expected, what);
    }
  }
});

test('a syntax error names the expected token, the byte and the found token', () => {
  const messages = {
    '{"a" 1}': 'expected ":" at byte 5, found "1"',
    '[1;2]': 'expected "," or "]" at byte 2, found ";"',
    '{"a":1': 'expected "," or "}" at byte 6, the text ends',
    '[1,]': 'expected a value at byte 3, found "]"',
    '{"a":1,}': 'expected a key at byte 7, found "}"',
    '"a\u0001"': 'expected the end of a string at byte 2, found 0x01',
    '"\\x"': 'expected an escape at byte 2, found "x"',
    '"\\u00g0"': 'expected four hexadecimal digits at byte 5, found "g"',
    trve: 'expected "true" at byte 2, found "v"',
    '1.x': 'expected a digit at byte 2, found "x"',
    '1 2': 'expected the end of the text at byte 2, found "2"',
  };
  for (const [text, message] of Object.entries(messages)) {
    assert.throws(() => readText(Buffer.from(text), skipValue), { reason: 'syntax', message });
  }
});

test('nesting is rejected beyond the limit', () => {
  const nested = Buffer.from('[{"a":'.repeat(50) + '1' + '}]'.repeat(50));
  for (const read of [skipValue, rebuild]) {
    readText(nested, read, 100);
    const tooDeep = {
      name: 'JsonError',
      reason: 'nesting',
      message: 'nested deeper than 99 levels',
    };
    assert.throws(() => readText(nested, read, 99), tooDeep);
  }
});

test('adjacent containers do not add to the nesting', () => {
  for (const read of [skipValue, rebuild]) readText(Buffer.from('[[],[1],{},{"a":1},[]]'), read, 2);
});

test('the nesting of a skipped value includes the containers around it', () => {
  const bytes = Buffer.from('{"a":[[1]],"b":[[[1]]]}');
  const limited = createCursor(bytes, 3);
  const read: string[] = [];
  const readMembers = (): RawObject =>
    readRawObject(limited, (key) => {
      read.push(key);
      return skipValue(limited);
    });
  assert.throws(readMembers, { reason: 'nesting' });
  assert.deepEqual(read, ['a', 'b']);
});

test('a million brackets do not overflow the call stack', () => {
  const levels = 1_000_000;
  const bytes = Buffer.from('['.repeat(levels) + ']'.repeat(levels));
  assert.deepEqual(readText(bytes, skipValue), { start: 0, end: 2 * levels });
  assert.throws(() => readText(bytes.subarray(0, -1), skipValue), { reason: 'syntax' });
  assert.throws(() => readText(bytes, skipValue, 10_000), { reason: 'nesting' });
});

test('members are found by decoded key, and repeated keys are reported', () => {
  const bytes = Buffer.from('{ "pay\\u006coad" : [1.0] ,"__proto__":1,"payload":"\\n", "":{}}');
  const raw = readRawObject(createCursor(bytes, NO_LIMIT));
  const members = [...raw.members].map(([key, span]) => [key, textAt(bytes, span)]);
  assert.deepEqual(members, [
    ['payload', '"\\n"'],
    ['__proto__', '1'],
    ['', '{}'],
  ]);
  assert.deepEqual(raw.duplicates, ['payload']);
});

/** Reads a value and everything inside it, without `skipValue` for containers. */
function rebuild(cursor: Cursor): unknown {
  switch (kindAt(cursor)) {
    case 'object': {
      const object = {};
      readRawObject(cursor, (key) => {
        const start = cursor.at;
        const property = { enumerable: true, configurable: true, writable: true };
        Object.defineProperty(object, key, { ...property, value: rebuild(cursor) });
        return { start, end: cursor.at };
      });
      return object;
    }
    case 'array': {
      const array: unknown[] = [];
      readArray(cursor, () => array.push(rebuild(cursor)));
      return array;
    }
    default:
      return decodeAt(cursor.bytes, skipValue(cursor));
  }
}

function decodeAt(bytes: Buffer, range: ByteRange): unknown {
  return decodeMember(
    { bytes, range, members: new Map([['value', range]]), duplicates: [] },
    'value',
  );
}

function readText<T>(bytes: Buffer, read: (cursor: Cursor) => T, maxNesting = NO_LIMIT): T {
  const cursor = createCursor(bytes, maxNesting);
  const value = read(cursor);
  expectEnd(cursor);
  return value;
}

function accepts(bytes: Buffer, read: (cursor: Cursor) => unknown): boolean {
  try {
    readText(bytes, read);
    return true;
  } catch (error) {
    if (error instanceof JsonError) return false;
    throw error;
  }
}

function parse(bytes: Buffer): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
}

function parses(bytes: Buffer): boolean {
  try {
    parse(bytes);
    return true;
  } catch {
    return false;
  }
}

function textAt(bytes: Buffer, { start, end }: ByteRange): string {
  return bytes.toString('utf8', start, end);
}
