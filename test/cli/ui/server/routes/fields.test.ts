import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fields, queryCount } from '../../../../../src/cli/ui/server/routes/fields.ts';
import { RequestError } from '../../../../../src/cli/ui/server/routes/requestError.ts';

test('the fields of a body are read by their types', () => {
  const fields = new Fields({
    name: 'infer',
    rows: [0, 2],
    actors: ['a', 'b'],
    rate: 0.5,
    canary: true,
    edits: { to: 'prep' },
    nothing: null,
  });
  assert.equal(fields.requiredText('name'), 'infer');
  assert.deepEqual(fields.indexes('rows'), [0, 2]);
  assert.deepEqual(fields.texts('actors'), ['a', 'b']);
  assert.equal(fields.positiveNumber('rate'), 0.5);
  assert.equal(fields.flag('canary'), true);
  assert.equal(fields.object('edits')?.text('to'), 'prep');
  assert.equal(fields.has('nothing'), false);
  assert.equal(fields.text('toString'), undefined);
  assert.equal(fields.flag('absent'), false);
});

test('the error for a field names it and the rule', () => {
  const fields = new Fields({
    name: 1,
    rows: [-1],
    actors: 'a',
    rate: 0,
    canary: 1,
    edits: { to: 2 },
  });
  const errors: readonly [read: () => unknown, message: string, field: string][] = [
    [() => fields.text('name'), 'name must be a string', 'name'],
    [() => fields.requiredText('absent'), 'absent is required', 'absent'],
    [() => fields.indexes('rows'), 'rows must be an array of integers from 0', 'rows'],
    [() => fields.texts('actors'), 'actors must be an array of strings', 'actors'],
    [() => fields.positiveNumber('rate'), 'rate must be a number greater than 0', 'rate'],
    [() => fields.flag('canary'), 'canary must be true or false', 'canary'],
    [() => fields.object('name'), 'name must be an object', 'name'],
    [() => fields.object('edits')?.text('to'), 'edits.to must be a string', 'edits.to'],
  ];
  for (const [read, message, field] of errors) {
    assert.throws(read, new RequestError(400, message, { field }));
  }
  assert.throws(() => new Fields([]), new RequestError(400, 'the body must be a JSON object'));
});

test('an integer of the query is 0 or greater', () => {
  const query = new URLSearchParams('offset=0&limit=-1&many=1e3');
  assert.equal(queryCount(query, 'offset'), 0);
  assert.equal(queryCount(query, 'absent'), undefined);
  for (const [name, text] of [
    ['limit', '-1'],
    ['many', '1e3'],
  ] as const) {
    const message = `${name} must be an integer from 0, not "${text}"`;
    assert.throws(() => queryCount(query, name), new RequestError(400, message, { field: name }));
  }
});
