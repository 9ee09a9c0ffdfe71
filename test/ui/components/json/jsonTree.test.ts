import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isLongString, lineOf, textOf } from '../../../../ui/components/json/jsonText.ts';
import {
  JsonTreeModel,
  pointerOf,
  type Expansion,
  type JsonRow,
} from '../../../../ui/components/json/jsonTree.ts';
import { moveInTree, toggle } from '../../../../ui/components/json/treeKeys.ts';

/** The lines as text: indented keys and values, `+` before what is collapsed. */
function draw(model: JsonTreeModel, expansion: Expansion): string[] {
  return model.rows(expansion).map((row) => {
    const { level, key, index, value, isExpanded, hidden, isDuplicate } = row;
    const label = row.parent === undefined ? '' : `${key ?? `#${index}`} `;
    const isContainer = value.kind === 'object' || value.kind === 'array';
    const state = isExpanded ? value.kind : `+${value.kind} ${value.count}`;
    const text =
      hidden === undefined ? (isContainer ? state : lineOf(model.text, value)) : `… ${hidden}`;
    return `${' '.repeat(level - 1)}${label}${text}${isDuplicate ? ' (duplicate)' : ''}`;
  });
}

function drawAtFirst(text: string): string[] {
  const model = new JsonTreeModel(text);
  return draw(model, model.initialExpansion());
}

test('numbers keep their digits, and objects their duplicate and special keys', () => {
  const text = `{ "big": 12345678901234567890.10, "e": 1E400, "a": 1, "a": [true, null],
    "__proto__": {"x": -0}, "": {}, "ä\\"": "\\u00e4 \\n" }`;
  assert.deepEqual(drawAtFirst(text), [
    'object',
    ' big 12345678901234567890.10',
    ' e 1E400',
    ' a 1',
    ' a array (duplicate)',
    '  #0 true',
    '  #1 null',
    ' __proto__ object',
    '  x -0',
    '  +object 0',
    ' ä" "ä \\n"',
  ]);
});

test('what is not JSON is shown as far as it can be read', () => {
  assert.deepEqual(drawAtFirst('{"a": NaN, b: 1, "c": "cut'), [
    'object',
    ' a NaN',
    ' #1 b',
    ' c "cut',
  ]);
  assert.deepEqual(drawAtFirst('[1 2,,]'), ['array', ' #0 1', ' #1 ,']);
  assert.deepEqual(drawAtFirst(''), ['']);
  assert.deepEqual(drawAtFirst('<html>'), ['<html>']);
});

test('a long list shows 100 items, and 100 more with each activation', () => {
  const model = new JsonTreeModel(JSON.stringify(Array.from({ length: 250 }, (_, i) => i)));
  const first = model.initialExpansion();
  const rows = model.rows(first);
  assert.equal(rows.length, 102);
  const more = rows.at(-1);
  assert.equal(more?.hidden, 150);
  const second = toggle(first, more, false);
  assert.equal(model.rows(second).at(-1)?.hidden, 50);
  const third = toggle(second, model.rows(second).at(-1) as JsonRow, false);
  assert.equal(model.rows(third).length, 251);
  assert.equal(model.rows(third).at(-1)?.hidden, undefined);
});

test('a payload of 10 MB and 10,000 levels opens, and each level expands', () => {
  const depth = 10_000;
  const long = 'x'.repeat(10_000_000);
  const text = `{"long":"${long}","deep":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  const model = new JsonTreeModel(text);
  let expansion = model.initialExpansion();
  for (let level = 0; level < 50; level += 1) {
    const row = model.rows(expansion).findLast((it) => it.value.count > 0 && !it.isExpanded);
    expansion = toggle(expansion, row as JsonRow, true);
  }
  const last = model.rows(expansion).at(-1) as JsonRow;
  assert.ok(last.level > 50);
  assert.equal(pointerOf(last), `/deep${'/0'.repeat(last.level - 2)}`);
});

test('a pointer escapes "~" and "/"', () => {
  const model = new JsonTreeModel('{"a/b":{"~c":[1]}}');
  assert.deepEqual(model.rows(model.initialExpansion()).map(pointerOf), [
    '',
    '/a~1b',
    '/a~1b/~0c',
    '/a~1b/~0c/0',
  ]);
});

test('every pointer of the tree finds its value in the parsed text', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const model = new JsonTreeModel(text);
      for (const row of model.rows(model.initialExpansion())) {
        if (row.hidden !== undefined) continue;
        const source = text.slice(row.value.start, row.value.end);
        const expected = pointerOf(row).split('/').slice(1).reduce(readToken, JSON.parse(text));
        assert.deepEqual(JSON.parse(source), expected);
      }
    }),
  );
});

function readToken(value: unknown, token: string): unknown {
  assert.ok(typeof value === 'object' && value !== null);
  const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

test('a long string is cut in its line, even within an escape, and expands', () => {
  const text = JSON.stringify('\u0001'.repeat(100));
  const { value } = new JsonTreeModel(text).rows(new Map())[0] as JsonRow;
  assert.equal(lineOf(text, value), `"${String.raw`\u0001`.repeat(33)}…`);
  assert.ok(isLongString(text, value));
  assert.equal(textOf(text, value), '\u0001'.repeat(100));
});

test('the keys of a tree view move, expand and collapse', () => {
  const model = new JsonTreeModel('{"a":{"b":1},"c":2}');
  const rows = model.rows(model.initialExpansion());
  const canExpand = (row: JsonRow): boolean => row.value.count > 0;
  const cases = [
    ['ArrowDown', 0, 1, false],
    ['ArrowUp', 0, 0, false],
    ['ArrowDown', 3, 3, false],
    ['End', 0, 3, false],
    ['Home', 3, 0, false],
    ['ArrowRight', 1, 2, false],
    ['ArrowLeft', 1, 1, true],
    ['ArrowLeft', 2, 1, false],
    ['ArrowLeft', 3, 0, false],
    ['ArrowRight', 3, 3, false],
    ['Enter', 1, 1, true],
  ] as const;
  for (const [key, from, index, isToggle] of cases)
    assert.deepEqual(moveInTree(key, from, rows, canExpand), { index, isToggle }, `${key} ${from}`);
  assert.equal(moveInTree('a', 0, rows, canExpand), undefined);
});
