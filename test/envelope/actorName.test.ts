import assert from 'node:assert/strict';
import test from 'node:test';
import { isActorName } from '../../src/envelope/actorName.ts';

test("an actor's name is a valid routing key without wildcards", () => {
  for (const name of ['a', '0', 'A.b_c-9', 'happy-end', 'a'.repeat(200)])
    assert.ok(isActorName(name), name);
  for (const name of [
    '',
    '.a',
    '-a',
    '_a',
    'a#',
    '*',
    'a b',
    'a:b',
    'a\n',
    'ä',
    'a/b',
    'a'.repeat(201),
    7,
    null,
  ]) {
    assert.ok(!isActorName(name), String(name));
  }
});
