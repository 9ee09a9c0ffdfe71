import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRows, namesOf } from '../../../ui/send/routeRows.ts';
import {
  EMPTY_FORM,
  findProblem,
  routeOf,
  toFieldProblem,
  toRequest,
  type SendForm,
} from '../../../ui/send/sendForm.ts';

const FORM: SendForm = { ...EMPTY_FORM, route: createRows(['price', 'ship']), payload: '1.0' };

test('a request has the texts of the form, without those that are empty', () => {
  assert.deepEqual(toRequest(FORM), { actors: ['price', 'ship'], payload: '1.0', wait: '30s' });
  const all = { ...FORM, id: 'order-1', headers: '{"n": 1.0}', wait: ' 2m ' };
  assert.deepEqual(toRequest(all), {
    actors: ['price', 'ship'],
    payload: '1.0',
    id: 'order-1',
    headers: '{"n": 1.0}',
    wait: '2m',
  });
});

test('a form without an actor, or with a text that is not JSON, is not sent', () => {
  assert.equal(findProblem(FORM), undefined);
  assert.equal(findProblem(EMPTY_FORM)?.field, 'actors[0]');
  assert.equal(findProblem({ ...FORM, payload: '{"a": }' })?.field, 'payload');
  assert.equal(findProblem({ ...FORM, headers: '' })?.field, 'headers');
});

test('the actors of an address fill the route', () => {
  const rows = routeOf(new URLSearchParams({ actors: 'price, ship,' }));
  assert.deepEqual(rows === undefined ? undefined : namesOf(rows), ['price', 'ship']);
  assert.equal(routeOf(new URLSearchParams({ actors: ',' })), undefined);
  assert.equal(routeOf(new URLSearchParams()), undefined);
});

test('a problem of the server is shown at its field, without the name of the field', () => {
  assert.deepEqual(toFieldProblem('actors[1]: "x y" is not a valid actor name', 'actors[1]'), {
    field: 'actors[1]',
    text: '"x y" is not a valid actor name',
  });
  assert.deepEqual(toFieldProblem('actors must name at least one actor', 'actors'), {
    field: 'actors[0]',
    text: 'actors must name at least one actor',
  });
});
