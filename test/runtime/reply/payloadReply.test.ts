import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readPayloadReply } from '../../../src/runtime/reply/payloadReply.ts';
import type { Reply } from '../../../src/runtime/runtime.ts';
import { jsonText, padded } from '../../kit/envelopes/jsonText.ts';
import { assertReply, faultMessageOf, payloadsOf, replyBytes } from '../../kit/runtimes/replies.ts';

const MAX_NESTING = 10;

test('one value becomes one item byte for byte', () => {
  fc.assert(
    fc.property(jsonText(), (text) => {
      fc.pre(!/^(\[|null$)/.test(text));
      assert.deepEqual(payloadsOf(read(` ${text}\n`)), [text]);
    }),
    { numRuns: 500 },
  );
});

test('each element of an array becomes an item byte for byte', () => {
  const texts = fc.array(jsonText(), { maxLength: 5 });
  fc.assert(
    fc.property(
      texts.chain((all) => fc.tuple(fc.constant(all), paddedArray(all))),
      ([all, reply]) => {
        assert.deepEqual(payloadsOf(read(reply)), all);
      },
    ),
    { numRuns: 500 },
  );
});

test('items are slices of the reply, not copies', () => {
  const bytes = Buffer.from('[1,{"a":2}]');
  const reply = readPayloadReply(bytes, MAX_NESTING);
  assert.ok(
    reply.kind === 'answered' && reply.items.every((item) => item.payload.buffer === bytes.buffer),
  );
});

test('an array in an array becomes one item, the inner array', () => {
  assert.deepEqual(payloadsOf(read('[[1,2]]')), ['[1,2]']);
});

for (const text of ['', ' \n', 'null', ' null ', '[]', '[ ]']) {
  test(`${JSON.stringify(text)} is an empty reply`, () => {
    assert.deepEqual(read(text), { kind: 'answered', items: [], sizeBytes: text.length });
  });
}

test('an error object is a failure with all its fields', () => {
  const error = {
    error: 'bad_input',
    message: 'not a number',
    type: 'ValueError',
    mro: ['Exception', 'object'],
    traceback: 'line 1',
    retryable: true,
  };
  assert.deepEqual(read(JSON.stringify(error)), {
    kind: 'failed',
    fault: {
      code: 'runtime_error',
      runtimeCode: 'bad_input',
      message: 'not a number',
      type: 'ValueError',
      mro: ['Exception', 'object'],
      traceback: 'line 1',
    },
    retryable: true,
  });
});

test('type, mro and traceback are also read from the details of an error', () => {
  const reply = read(
    '{"details":{"type":"ValueError","retryable":true},"message":"m","error":"e"}',
  );
  assert.deepEqual(reply, {
    kind: 'failed',
    fault: { code: 'runtime_error', runtimeCode: 'e', message: 'm', type: 'ValueError' },
    retryable: true,
  });
});

test('other details of an error are kept unchanged', () => {
  const kept = (details: string): string | undefined => {
    const reply = read(`{"error":"e","message":"m","details":${details}}`);
    return reply.kind === 'failed' ? reply.fault.runtimeDetails : undefined;
  };
  assert.equal(kept('{"field":"age", "n":1.0}'), '{"field":"age", "n":1.0}');
  assert.equal(kept('"age"'), '"age"');
  assert.equal(kept('{"type":"ValueError","traceback":"line 1"}'), undefined);
  assert.equal(kept('null'), undefined);
});

test('the texts of an error are truncated to 32 KiB, between characters', () => {
  for (const text of ['x'.repeat(1_000_000), 'ä'.repeat(500_000), '😀"'.repeat(200_000)]) {
    const error = {
      error: text,
      message: text,
      type: text,
      traceback: text,
      mro: Array(100).fill(text),
    };
    const reply = read(JSON.stringify(error));
    assert.ok(reply.kind === 'failed');
    const { runtimeCode, message, type, traceback, mro = [] } = reply.fault;
    for (const cut of [runtimeCode, message, type, traceback, ...mro]) {
      assert.ok(cut !== undefined && cut.isWellFormed());
      assert.ok(Buffer.byteLength(JSON.stringify(cut)) <= 32 * 1024 + 2, `${cut.length}`);
      assert.ok(cut.endsWith(`… (${Buffer.byteLength(text)} bytes)`));
    }
    assert.equal(mro.length, 64);
  }
});

test('an error with retry_after_ms is a deferral', () => {
  const reply = read('{"error":"busy","message":"later","retry_after_ms":1500,"retryable":true}');
  assert.deepEqual(reply, {
    kind: 'deferred',
    fault: { code: 'runtime_error', runtimeCode: 'busy', message: 'later' },
    afterMs: 1500,
  });
});

for (const field of [
  '"type":5',
  '"mro":"x"',
  '"traceback":[]',
  '"retryable":1',
  '"retry_after_ms":-1',
  '"details":3',
]) {
  test(`an error with the invalid field ${field} is a failure`, () => {
    const reply = read(`{"error":"e","message":"m",${field}}`);
    assert.ok(reply.kind === 'failed' && !reply.retryable);
    assert.equal(reply.fault.message, 'm');
  });
}

for (const text of [
  '{"error":"disk full"}',
  '{"error":"e","message":5}',
  '{"error":null,"message":"m"}',
  '{"message":"m","type":"t"}',
  '{"error":"e","message":"m","level":"warn"}',
  '{"level":"warn","error":"e","message":"m"}',
  '{"error":"a","error":"b"}',
  '{}',
]) {
  test(`${text} is a payload, not an error`, () => {
    assert.deepEqual(payloadsOf(read(text)), [text]);
  });
}

test('an error object inside an array is a payload', () => {
  const text = '{"error":"e","message":"m"}';
  assert.deepEqual(payloadsOf(read(`[${text}]`)), [text]);
});

test('an error object with a duplicate key is invalid', () => {
  assert.match(
    problemOf(read('{"error":"a","err\\u006fr":"b","message":"m"}')),
    /^error occurs twice$/,
  );
});

test('a payload may have duplicate keys', () => {
  assert.deepEqual(payloadsOf(read('{"a":1,"a":2}')), ['{"a":1,"a":2}']);
});

for (const [text, problem] of [
  ['{"a":1', /not JSON: .* at byte 6, the text ends/],
  ['{"a":1}}', /not JSON: expected the end of the text at byte 7/],
  ['[1,]', /not JSON: .* at byte 3/],
  ['[1', /not JSON: .* at byte 2, the text ends/],
  ['{"error":"e","message":}', /not JSON: .* at byte 23/],
  ['{"error', /not JSON: .* at byte 7, the text ends/],
  ['NaN', /not JSON: .* at byte 0/],
  ['hello', /the reply of 5 bytes is not JSON/],
] as const) {
  test(`${text} is invalid`, () => {
    assert.match(problemOf(read(text)), problem);
  });
}

test('bytes that are not UTF-8 are invalid', () => {
  const reply = readPayloadReply(Buffer.from([0x22, 0xff, 0x22]), MAX_NESTING);
  assert.match(problemOf(reply), /not UTF-8/);
});

test('the nesting limit applies to each payload', () => {
  assert.equal(payloadsOf(read(nested(MAX_NESTING, '{"a":', '}'))).length, 1);
  assert.equal(payloadsOf(read(`[${nested(MAX_NESTING, '[', ']')}]`)).length, 1);
  assert.match(problemOf(read(nested(MAX_NESTING + 1, '{"a":', '}'))), /nested too deeply/);
  assert.match(problemOf(read(`[${nested(MAX_NESTING + 1, '[', ']')}]`)), /nested too deeply/);
});

test('arbitrary bytes give a reply', () => {
  fc.assert(
    fc.property(replyBytes(), (body) => assertReply(readPayloadReply(body, MAX_NESTING))),
    { numRuns: 1000 },
  );
});

function read(text: string): Reply {
  return readPayloadReply(Buffer.from(text), MAX_NESTING);
}

function problemOf(reply: Reply): string {
  return faultMessageOf(reply, 'reply_invalid');
}

function nested(depth: number, opener: string, closer: string): string {
  return `${opener.repeat(depth)}${opener.includes(':') ? '1' : ''}${closer.repeat(depth)}`;
}

function paddedArray(texts: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(...texts.map((text) => padded(fc.constant(text))))
    .map((all) => `[${all.join(',')}]`);
}
