import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestError } from '../../../../src/cli/ui/server/routes/requestError.ts';
import { readSendOrder, type SendOrder } from '../../../../src/cli/ui/send/sendOrder.ts';

const LIMITS = { maxNesting: 20, maxMessageBytes: 1_000 };
const VALID = { actors: ['prep', 'infer'], payload: '1' };

function order(body: object): SendOrder {
  return readSendOrder({ ...VALID, ...body }, LIMITS);
}

function problemOf(body: object): Pick<RequestError, 'status' | 'message' | 'field'> {
  try {
    order(body);
  } catch (error) {
    if (error instanceof RequestError) {
      const { status, message, field } = error;
      return { status, message, field };
    }
    throw error;
  }
  throw new Error('the body is valid');
}

test('the bytes of the payload and of the headers are kept', () => {
  const payload = '{"big": 9007199254740993,\n "n": 1.0, "__proto__": {"a":1e400}, "é":"\\u00e9"}';
  const headers = '{ "tenant": "7", "n": 1.0 }';
  const { envelope, to, queue } = order({ id: 'order "1"', payload, headers });
  const text = envelope.bytes.toString();
  assert.ok(
    text.startsWith('{"id":"order \\"1\\"","route":{"actors":["prep","infer"],"current":0},'),
  );
  assert.ok(text.endsWith(`"payload":${payload}}`));
  assert.match(text, / "tenant": "7", "n": 1\.0 \}/);
  assert.equal(to, 'prep');
  assert.equal(envelope.headers.replyTo, queue);
});

test('without an id, each order has a new one; without a wait, it is 30 s', () => {
  const orders = [order({}), order({ id: null })];
  assert.notEqual(orders[0]?.envelope.id, orders[1]?.envelope.id);
  assert.match(orders[0]?.envelope.id ?? '', /^[\w-]{36}$/);
  assert.equal(orders[0]?.waitMs, 30_000);
  assert.equal(order({ wait: '1m30s' }).waitMs, 90_000);
});

test('an invalid field is named together with its rule', () => {
  const problems: readonly (readonly [body: object, field: string, message: string | RegExp])[] = [
    [{ wiat: '1s' }, 'wiat', 'wiat is unknown; the fields are id, actors, headers, payload, wait'],
    [{ actors: null }, 'actors', 'actors must name at least one actor'],
    [{ actors: [] }, 'actors', 'actors must name at least one actor'],
    [{ actors: ['prep', 1] }, 'actors', 'actors must be an array of strings'],
    [{ actors: ['prep', 'x y'] }, 'actors[1]', 'actors[1]: "x y" is not a valid actor name'],
    [{ actors: [''] }, 'actors[0]', 'actors[0]: "" is not a valid actor name'],
    [{ id: '' }, 'id', 'id must not be empty'],
    [{ id: 'a\ud800' }, 'id', 'id must be well-formed Unicode'],
    [{ payload: null }, 'payload', 'payload is required'],
    [{ payload: '' }, 'payload', /^payload: expected a value at byte 0, the text ends$/],
    [{ payload: '"\ud800"' }, 'payload', 'payload: the text is not well-formed Unicode'],
    [{ headers: '[]' }, 'headers', 'headers must be a JSON object'],
    [{ headers: '{' }, 'headers', 'headers: expected a key at byte 1, the text ends'],
    [{ wait: 'soon' }, 'wait', /^wait must be a duration from 1ms to 24 days/],
  ];
  for (const [body, field, message] of problems) {
    const problem = problemOf(body);
    assert.deepEqual([problem.status, problem.field], [400, field], JSON.stringify(body));
    if (typeof message === 'string') assert.equal(problem.message, message);
    else assert.match(problem.message, message);
  }
});

test('a payload cannot add members to the envelope', () => {
  const { field, message } = problemOf({ payload: '1,"id":"other"' });
  assert.equal(field, 'payload');
  assert.match(message, /^payload: expected the end of the text at byte 1/);
  assert.equal(problemOf({ headers: '{},"payload":2' }).field, 'headers');
});

test('headers that a sidecar reads are checked, and the page sets two itself', () => {
  assert.deepEqual(problemOf({ headers: '{"x-asya-deadline":"soon"}' }), {
    status: 400,
    field: 'headers',
    message: 'headers.x-asya-deadline must be a date (RFC 3339)',
  });
  for (const name of ['x-asya-reply-to', 'x-asya-fanout']) {
    const { field, message } = problemOf({ headers: `{"${name}":"a"}` });
    assert.deepEqual([field, message], ['headers', `headers: the page sets "${name}"`]);
  }
});

test('an envelope that is too large, or nested too deep, is refused', () => {
  const large = problemOf({ payload: `"${'x'.repeat(1_000)}"` });
  assert.equal(large.field, 'payload');
  assert.match(
    large.message,
    /^payload: envelope of \d+ bytes is too large; the limit is ASYA_MAX/,
  );
  const deep = '['.repeat(21) + ']'.repeat(21);
  const message = 'nested deeper than 20 levels';
  assert.deepEqual(problemOf({ payload: deep }), {
    status: 400,
    field: 'payload',
    message: `payload: ${message}`,
  });
  assert.equal(problemOf({ headers: `{"a":${deep}}` }).field, 'headers');
});

test('a body that is not an object is refused', () => {
  for (const body of [undefined, null, [], 'x']) {
    assert.throws(
      () => readSendOrder(body, LIMITS),
      new RequestError(400, 'the body must be a JSON object'),
    );
  }
});
