import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readBatchReply } from '../../../src/runtime/reply/batchReply.ts';
import type { CallReply, Reply } from '../../../src/runtime/runtime.ts';
import { jsonText } from '../../kit/envelopes/jsonText.ts';
import { payloadsOf, replyBytes } from '../../kit/runtimes/replies.ts';

const MAX_NESTING = 10;

test('each element is the reply to one payload, byte for byte', () => {
  const reply = '[ {"a":1} , [1,2],\n[[1, 2]], null, [], "x" ]';
  assert.deepEqual(repliesOf(read(reply, 6)).map(payloadsOf), [
    ['{"a":1}'],
    ['1', '2'],
    ['[1, 2]'],
    [],
    [],
    ['"x"'],
  ]);
});

test('any values are read as they were written', () => {
  const texts = fc.array(jsonText(), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(texts, (all) => {
      const reply = `[${all.map((text) => `[${text}]`).join(' , ')}]`;
      assert.deepEqual(
        repliesOf(read(reply, all.length)).map(payloadsOf),
        all.map((text) => [text]),
      );
    }),
    { numRuns: 300 },
  );
});

test('the size of each reply is its own', () => {
  const replies = repliesOf(read('[ "abc", [1, 2] ]', 2));
  assert.deepEqual(
    replies.map((reply) => (reply.kind === 'answered' ? reply.sizeBytes : undefined)),
    [5, 6],
  );
});

test('an error object fails or defers the envelope at its position', () => {
  const failed = '{"error":"bad_input","message":"no","retryable":true}';
  const deferred = '{"error":"busy","message":"later","retry_after_ms":1500}';
  const [first, second, third] = repliesOf(read(`[1,${failed},${deferred}]`, 3));
  assert.equal(first?.kind, 'answered');
  assert.ok(second?.kind === 'failed');
  assert.deepEqual([second.fault.runtimeCode, second.retryable], ['bad_input', true]);
  assert.ok(third?.kind === 'deferred');
  assert.equal(third.afterMs, 1500);
});

test('an element that breaks a rule of replies fails its envelope only', () => {
  const duplicate = '{"error":"a","error":"b","message":"c"}';
  const [first, second, third] = repliesOf(read(`[1,${duplicate},3]`, 3));
  assert.deepEqual(
    [first, third].map((reply) => reply && payloadsOf(reply)),
    [['1'], ['3']],
  );
  assert.ok(second?.kind === 'failed');
  assert.deepEqual(second.fault, { code: 'reply_invalid', message: 'error occurs twice' });
});

test('an object is the reply to the whole call', () => {
  const failed = read('{"error":"out_of_memory","message":"no"}', 2);
  assert.ok(failed.kind === 'failed');
  assert.equal(failed.fault.runtimeCode, 'out_of_memory');
  for (const reply of [
    '{"error":"busy","message":"later","retry_after_ms":20}',
    '{"retry_after_ms":20}',
  ]) {
    const deferred = read(reply, 2);
    assert.ok(deferred.kind === 'deferred', reply);
    assert.equal(deferred.afterMs, 20);
  }
});

for (const [reply, message] of [
  ['', 'the reply to a batch must be an array of 2 elements: it is empty'],
  ['  ', 'the reply to a batch must be an array of 2 elements: it is empty'],
  ['null', 'the reply to a batch must be an array of 2 elements: it is null'],
  ['7', 'the reply to a batch must be an array of 2 elements: it is a number'],
  [
    '{"answer":1}',
    'the reply to a batch must be an array of 2 elements: it is an object without the key error',
  ],
  ['[]', 'the reply has 0 elements for a batch of 2'],
  ['[1]', 'the reply has 1 element for a batch of 2'],
  ['[1,2,3]', 'the reply has 3 elements for a batch of 2'],
  ['[1,2', /^the reply of 4 bytes is not JSON/],
  ['[1,2] 3', /^the reply of 7 bytes is not JSON/],
  ['{"error":"a","error":"b","message":"c"}', 'error occurs twice'],
] as const) {
  test(`the reply ${JSON.stringify(reply)} to a batch of 2 is invalid`, () => {
    const read2 = read(reply, 2);
    assert.ok(read2.kind === 'failed' && read2.fault.code === 'reply_invalid');
    if (typeof message === 'string') assert.equal(read2.fault.message, message);
    else assert.match(read2.fault.message, message);
  });
}

test('a payload may be nested as deeply as in a call of its own', () => {
  const deepest = nested(MAX_NESTING);
  assert.deepEqual(repliesOf(read(`[{"a":${nested(MAX_NESTING - 1)}},1]`, 2)).length, 2);
  assert.deepEqual(repliesOf(read(`[[${deepest}],1]`, 2)).map(payloadsOf), [[deepest], ['1']]);
  for (const tooDeep of [`[{"a":${deepest}},1]`, `[[${nested(MAX_NESTING + 1)}],1]`]) {
    const reply = read(tooDeep, 2);
    assert.ok(reply.kind === 'failed');
    assert.equal(reply.fault.message, 'the reply is nested too deeply');
  }
});

test('any bytes become a reply', () => {
  fc.assert(
    fc.property(replyBytes(), fc.integer({ min: 1, max: 3 }), (bytes, count) => {
      const reply = readBatchReply(bytes, count, MAX_NESTING);
      if (reply.kind === 'answered') assert.equal(reply.replies.length, count);
      else assert.notEqual(reply.kind, 'absent');
    }),
    { numRuns: 500 },
  );
});

function read(text: string, count: number): CallReply {
  return readBatchReply(Buffer.from(text), count, MAX_NESTING);
}

function repliesOf(reply: CallReply): readonly Reply[] {
  assert.ok(reply.kind === 'answered', JSON.stringify(reply));
  return reply.replies;
}

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}
