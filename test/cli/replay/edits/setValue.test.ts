import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  formatPointer,
  parsePointer,
  PointerError,
} from '../../../../src/cli/replay/edits/jsonPointer.ts';
import { EditError, setValue } from '../../../../src/cli/replay/edits/setValue.ts';
import { createCursor, skipValue } from '../../../../src/envelope/json/json.ts';
import { jsonText } from '../../../kit/envelopes/jsonText.ts';

function set(text: string, pointer: string, value: string): string {
  const bytes = Buffer.from(text);
  const root = skipValue(createCursor(bytes, Number.POSITIVE_INFINITY));
  return setValue(bytes, root, parsePointer(pointer), Buffer.from(value)).toString();
}

test('an existing value is replaced, and all other bytes stay', () => {
  const text = ' { "a" : 1.0 , "b":[ 9007199254740993 ,{"c" : "\\u0041" } ] } ';
  assert.equal(set(text, '/a', '2e400'), text.replace('1.0', '2e400'));
  assert.equal(set(text, '/b/0', 'null'), text.replace('9007199254740993', 'null'));
  assert.equal(set(text, '/b/1/c', '{}'), text.replace('"\\u0041"', '{}'));
  assert.equal(set(text, '', '[]'), ' [] ');
});

test('a new member follows the last one, and "-" appends to an array', () => {
  assert.equal(set('{ "a": 1 }', '/b', '2'), '{ "a": 1,"b":2 }');
  assert.equal(set('{ }', '/b', '2'), '{"b":2 }');
  assert.equal(set('[ 1 ]', '/-', '2'), '[ 1,2 ]');
  assert.equal(set('{"a":[ ]}', '/a/-', '2'), '{"a":[2 ]}');
  assert.equal(set('{}', '/-', '2'), '{"-":2}');
});

test('of a repeated key, the last value is replaced', () => {
  assert.equal(set('{"a":1,"a":{"b":2},"c":3}', '/a/b', '4'), '{"a":1,"a":{"b":4},"c":3}');
});

test('escaped tokens and keys that need an escape name their member', () => {
  assert.equal(set('{"a/b":1,"m~n":2}', '/a~1b', '3'), '{"a/b":3,"m~n":2}');
  assert.equal(set('{"a/b":1,"m~n":2}', '/m~0n', '3'), '{"a/b":1,"m~n":3}');
  assert.equal(set('{"~1":1}', '/~01', '3'), '{"~1":3}');
  assert.equal(set('{}', '/"\n', '3'), '{"\\"\\n":3}');
  assert.equal(set('{"\\u0061":1}', '/a', '3'), '{"\\u0061":3}');
  assert.equal(set('{"":1}', '/', '3'), '{"":3}');
});

test('a value whose parent or element is missing is not set', () => {
  const rejected: readonly (readonly [string, string, string])[] = [
    ['{"a":{}}', '/b/c', '"/b" does not exist'],
    ['{"a":{}}', '/a/b/c', '"/a/b" does not exist'],
    ['{"a":[1]}', '/a/1', '"/a/1" does not exist'],
    ['{"a":[1]}', '/a/00', '"/a/00" does not exist'],
    ['{"a":[1]}', '/a/-1', '"/a/-1" does not exist'],
    ['{"a":[1]}', '/a/-/b', '"/a/-" does not exist'],
    ['{"a":[1]}', '/a/length', '"/a/length" does not exist'],
    ['{"a":1}', '/__proto__/b', '"/__proto__" does not exist'],
    ['{"a":"b"}', '/a/0', '"/a" is neither an object nor an array'],
    ['null', '/a', 'the value is neither an object nor an array'],
  ];
  for (const [text, pointer, message] of rejected) {
    assert.throws(() => set(text, pointer, '0'), new EditError(message), `${pointer} in ${text}`);
  }
});

test('a pointer begins with "/" and escapes "~"', () => {
  assert.deepEqual(parsePointer(''), []);
  assert.deepEqual(parsePointer('//a'), ['', 'a']);
  for (const text of ['a', '/~', '/~2', '/a~'])
    assert.throws(() => parsePointer(text), PointerError);
  fc.assert(
    fc.property(fc.array(fc.string()), (tokens) => {
      assert.deepEqual(parsePointer(formatPointer(tokens)), tokens);
    }),
  );
});

type Tokens = readonly string[];

function children(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** The pointers to all values of a document. */
function pointersIn(value: unknown, at: Tokens = []): Tokens[] {
  return [at, ...children(value).flatMap(([key, child]) => pointersIn(child, [...at, key]))];
}

/** Sets a value in a parsed document, in the plain way. */
function setInModel(model: unknown, [token, ...rest]: Tokens, value: unknown): unknown {
  if (token === undefined) return value;
  if (Array.isArray(model)) {
    const index = token === '-' ? model.length : Number(token);
    return model.toSpliced(index, 1, setInModel(model[index], rest, value));
  }
  const child = Object.entries(model as object).find(([key]) => key === token)?.[1] as unknown;
  const others = Object.entries(model as object).filter(([key]) => key !== token);
  return Object.fromEntries([...others, [token, setInModel(child, rest, value)]]);
}

const MARKER = '"the \\u006eew value"';

test('in any document, the value at a pointer becomes the new one, and all other bytes stay', () => {
  fc.assert(
    fc.property(jsonText(), fc.nat(), fc.boolean(), fc.string(), (text, pick, isNew, key) => {
      const model: unknown = JSON.parse(text);
      const pointers = pointersIn(model);
      const pointer = pointers[pick % pointers.length] ?? [];
      const target = pointer.reduce<unknown>(
        (value, token) => children(value).find(([name]) => name === token)?.[1],
        model,
      );
      const container = typeof target === 'object' && target !== null;
      const added = Array.isArray(target) ? '-' : key;
      const goesBelow = isNew && container && !children(target).some(([name]) => name === added);
      const path = goesBelow ? [...pointer, added] : pointer;

      const edited = set(text, formatPointer(path), MARKER);
      assert.deepEqual(JSON.parse(edited), setInModel(model, path, 'the new value'));

      const [before = '', after = ''] = edited.split(MARKER);
      if (goesBelow) {
        const inserted = Array.isArray(target) ? '' : `${JSON.stringify(added)}:`;
        assert.ok(before.endsWith(inserted));
        const start = before.slice(0, before.length - inserted.length);
        assert.ok([start + after, start.replace(/,$/, '') + after].includes(text));
        return;
      }
      assert.ok(text.startsWith(before) && text.endsWith(after));
      assert.deepEqual(JSON.parse(text.slice(before.length, text.length - after.length)), target);
    }),
    { numRuns: 2_000 },
  );
});
