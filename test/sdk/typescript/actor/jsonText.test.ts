import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { encodeJson } from '../../../../sdk/typescript/src/actor/jsonText.ts';

test('a value that JSON can carry is encoded as by JSON.stringify', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.equal(encodeJson(value), JSON.stringify(value));
    }),
  );
  const dated = { at: new Date(0), missing: undefined, bytes: Buffer.from('a') };
  assert.equal(encodeJson(dated), JSON.stringify(dated));
});

const cycle: Record<string, unknown> = {};
cycle['self'] = [cycle];

const PROBLEMS: Readonly<Record<string, unknown>> = {
  'the result is NaN; JSON numbers are finite': Number.NaN,
  'result.scores[1] is Infinity; JSON numbers are finite': {
    scores: [1, Number.POSITIVE_INFINITY],
  },
  'result["a b"] is -Infinity; JSON numbers are finite': { 'a b': Number.NEGATIVE_INFINITY },
  'result.id is a BigInt; convert it to a string, or pass serve() your own stringify': { id: 1n },
  'result.f is a function; JSON has no such value': { f() {} },
  'result.s is a symbol; JSON has no such value': { s: Symbol('s') },
  'result[0] is undefined; JSON has null instead': [undefined],
  'result[1] is undefined; JSON has null instead': Object.assign([], { 0: 1, 2: 1, length: 3 }),
  'result.text is a promise; await it first': { text: Promise.resolve('x') },
  'result.m is a Map; convert it to an object or an array': { m: new Map([[1, 2]]) },
  'result.v is a Float32Array; convert it with Array.from': { v: new Float32Array(2) },
  'result.at is an invalid date': { at: new Date(Number.NaN) },
  'result.n is NaN; JSON numbers are finite': { n: { toJSON: () => Number.NaN } },
  'the result contains itself; JSON has no cycles': cycle,
};

for (const [message, value] of Object.entries(PROBLEMS)) {
  test(`a value that JSON cannot carry is rejected: ${message}`, () => {
    assert.throws(() => encodeJson(value), { name: 'JsonRuleError', message });
  });
}

test('a value that is nested too deeply is rejected', () => {
  let value: unknown = 1;
  for (let level = 0; level < 100_000; level++) value = [value];
  assert.throws(() => encodeJson(value), /nested too deeply/);
});
