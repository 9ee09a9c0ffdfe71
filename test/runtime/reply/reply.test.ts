import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { readEnvelopeReply } from '../../../src/runtime/reply/envelopeReply.ts';
import { readPayloadReply } from '../../../src/runtime/reply/payloadReply.ts';
import type { Reply } from '../../../src/runtime/runtime.ts';
import { jsonText, padded } from '../../kit/envelopes/jsonText.ts';

const MAX_NESTING = 10;

test('payload: one value goes on byte for byte', () => {
  fc.assert(
    fc.property(jsonText(), (text) => {
      fc.pre(!/^(\[|null$)/.test(text));
      assert.deepEqual(payloadsIn(payload(` ${text}\n`)), [text]);
    }),
    { numRuns: 500 },
  );
});

test('payload: each element of an array goes on byte for byte', () => {
  const texts = fc.array(jsonText(), { maxLength: 5 });
  fc.assert(
    fc.property(
      texts.chain((all) => fc.tuple(fc.constant(all), paddedArray(all))),
      ([all, reply]) => {
        assert.deepEqual(payloadsIn(payload(reply)), all);
      },
    ),
    { numRuns: 500 },
  );
});

test('payload: what goes on are parts of the reply, not copies', () => {
  const bytes = Buffer.from('[1,{"a":2}]');
  const reply = readPayloadReply(bytes, MAX_NESTING);
  assert.ok(
    reply.kind === 'answered' && reply.items.every((item) => item.payload.buffer === bytes.buffer),
  );
});

test('payload: an array in an array is how one array goes on', () => {
  assert.deepEqual(payloadsIn(payload('[[1,2]]')), ['[1,2]']);
});

for (const text of ['', ' \n', 'null', ' null ', '[]', '[ ]']) {
  test(`payload: ${JSON.stringify(text)} is an empty reply`, () => {
    assert.deepEqual(payload(text), { kind: 'answered', items: [], sizeBytes: text.length });
  });
}

test('payload: an error object is a failure with all that it tells', () => {
  const error = {
    error: 'bad_input',
    message: 'not a number',
    type: 'ValueError',
    mro: ['Exception', 'object'],
    traceback: 'line 1',
    retryable: true,
  };
  assert.deepEqual(payload(JSON.stringify(error)), {
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

test('payload: type, mro and traceback may stand in the details of an error', () => {
  const reply = payload(
    '{"details":{"type":"ValueError","retryable":true},"message":"m","error":"e"}',
  );
  assert.deepEqual(reply, {
    kind: 'failed',
    fault: { code: 'runtime_error', runtimeCode: 'e', message: 'm', type: 'ValueError' },
    retryable: true,
  });
});

test('payload: what else the details of an error tell is kept as it is', () => {
  const kept = (details: string): string | undefined => {
    const reply = payload(`{"error":"e","message":"m","details":${details}}`);
    return reply.kind === 'failed' ? reply.fault.runtimeDetails : undefined;
  };
  assert.equal(kept('{"field":"age", "n":1.0}'), '{"field":"age", "n":1.0}');
  assert.equal(kept('"age"'), '"age"');
  assert.equal(kept('{"type":"ValueError","traceback":"line 1"}'), undefined);
  assert.equal(kept('null'), undefined);
});

test('payload: the texts of an error are cut to 32 KiB, between characters', () => {
  for (const text of ['x'.repeat(1_000_000), 'ä'.repeat(500_000), '😀"'.repeat(200_000)]) {
    const error = {
      error: text,
      message: text,
      type: text,
      traceback: text,
      mro: Array(100).fill(text),
    };
    const reply = payload(JSON.stringify(error));
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

test('payload: an error that asks for a delay is a deferral', () => {
  const reply = payload(
    '{"error":"busy","message":"later","retry_after_ms":1500,"retryable":true}',
  );
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
  test(`payload: an error with a senseless ${field} is still a failure`, () => {
    const reply = payload(`{"error":"e","message":"m",${field}}`);
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
  test(`payload: ${text} is a payload, no error`, () => {
    assert.deepEqual(payloadsIn(payload(text)), [text]);
  });
}

test('payload: an error object that is an element of an array is a payload', () => {
  const text = '{"error":"e","message":"m"}';
  assert.deepEqual(payloadsIn(payload(`[${text}]`)), [text]);
});

test('payload: an error whose key occurs twice is invalid', () => {
  assert.match(
    refusal(payload('{"error":"a","err\\u006fr":"b","message":"m"}')),
    /^error occurs twice$/,
  );
});

test("payload: a key that occurs twice in a payload is nobody else's business", () => {
  assert.deepEqual(payloadsIn(payload('{"a":1,"a":2}')), ['{"a":1,"a":2}']);
});

for (const [text, says] of [
  ['{"a":1', /not JSON: .* at byte 6, the text ends/],
  ['{"a":1}}', /not JSON: expected the end of the text at byte 7/],
  ['[1,]', /not JSON: .* at byte 3/],
  ['[1', /not JSON: .* at byte 2, the text ends/],
  ['{"error":"e","message":}', /not JSON: .* at byte 23/],
  ['{"error', /not JSON: .* at byte 7, the text ends/],
  ['NaN', /not JSON: .* at byte 0/],
  ['hello', /the reply of 5 bytes is not JSON/],
] as const) {
  test(`payload: ${text} is invalid`, () => {
    assert.match(refusal(payload(text)), says);
  });
}

test('payload: bytes that are no UTF-8 are invalid', () => {
  const reply = readPayloadReply(Buffer.from([0x22, 0xff, 0x22]), MAX_NESTING);
  assert.match(refusal(reply), /not UTF-8/);
});

test('payload: each payload may be nested as deeply as the limit says', () => {
  assert.equal(payloadsIn(payload(nested(MAX_NESTING, '{"a":', '}'))).length, 1);
  assert.equal(payloadsIn(payload(`[${nested(MAX_NESTING, '[', ']')}]`)).length, 1);
  assert.match(refusal(payload(nested(MAX_NESTING + 1, '{"a":', '}'))), /nested too deeply/);
  assert.match(refusal(payload(`[${nested(MAX_NESTING + 1, '[', ']')}]`)), /nested too deeply/);
});

test('payload: any bytes give a reply', () => {
  const bytes = fc.oneof(
    fc.uint8Array().map((array) => Buffer.from(array)),
    fc.tuple(jsonText(), fc.nat(5)).map(([text, dropped]) => Buffer.from(text.slice(dropped))),
  );
  fc.assert(
    fc.property(bytes, (body) => {
      for (const read of [readPayloadReply, readEnvelopeReply]) {
        const reply = read(body, MAX_NESTING);
        assert.ok(reply.kind !== 'absent');
        if (reply.kind === 'answered')
          for (const item of reply.items) JSON.parse(item.payload.toString());
      }
    }),
    { numRuns: 1000 },
  );
});

test('envelope: payload and route go on byte for byte', () => {
  const route = '{ "actors" : ["prep","infer"], "current":1, "metadata":{"n":1.0} }';
  fc.assert(
    fc.property(padded(jsonText()), (text) => {
      const reply = envelope(`[{"route":${route},"other":[1],"payload":${text}}]`);
      assert.deepEqual(payloadsIn(reply), [text.trim()]);
      const item = reply.kind === 'answered' ? reply.items[0] : undefined;
      assert.equal(item?.route?.bytes.toString(), route);
      assert.deepEqual(item?.route?.actors, ['prep', 'infer']);
      assert.equal(item?.route?.current, 1);
      assert.equal(item?.headers, undefined);
    }),
    { numRuns: 300 },
  );
});

test('envelope: headers that are returned are kept as they are', () => {
  const reply = envelope(
    '[{"payload":1,"route":{"actors":["a"],"current":1},"headers":{"big":12345678901234567890}}]',
  );
  const headers = reply.kind === 'answered' ? reply.items[0]?.headers : undefined;
  assert.deepEqual([...(headers?.members.keys() ?? [])], ['big']);
});

test('envelope: headers that are null are none', () => {
  const reply = envelope('[{"payload":1,"route":{"actors":["a"],"current":1},"headers":null}]');
  assert.ok(reply.kind === 'answered' && reply.items[0]?.headers === undefined);
});

for (const current of [-1, 1, 99]) {
  test(`envelope: a current of ${current} outside of the route is taken`, () => {
    const reply = envelope(`[{"payload":1,"route":{"actors":["a"],"current":${current}}}]`);
    assert.equal(reply.kind === 'answered' && reply.items[0]?.route?.current, current);
  });
}

for (const text of ['', 'null', '[]', '[{}]']) {
  test(`envelope: ${JSON.stringify(text)} is an empty reply`, () => {
    assert.deepEqual(envelope(text), { kind: 'answered', items: [], sizeBytes: text.length });
  });
}

test('envelope: an error with its details is a failure', () => {
  const error = {
    error: 'processing_error',
    details: { message: 'not a number', type: 'ValueError', traceback: 'line 1' },
  };
  assert.deepEqual(envelope(JSON.stringify([error])), {
    kind: 'failed',
    fault: {
      code: 'runtime_error',
      runtimeCode: 'processing_error',
      message: 'not a number',
      type: 'ValueError',
      traceback: 'line 1',
    },
    retryable: false,
  });
});

test('envelope: an error without details is a failure too', () => {
  const reply = envelope('[{"error":"connection_error"}]');
  assert.ok(reply.kind === 'failed' && reply.fault.runtimeCode === 'connection_error');
});

for (const [text, says] of [
  ['{"payload":1}', /must be an array/],
  ['[1]', /^\[0\] must be an object$/],
  ['[{"route":{"actors":["a"],"current":0}}]', /^\[0\]\.payload is required$/],
  ['[{"payload":1}]', /^\[0\]\.route is required$/],
  ['[{"payload":1,"route":[]}]', /^\[0\]\.route must be an object$/],
  [
    '[{"payload":1,"route":{"actors":[],"current":0}}]',
    /^\[0\]\.route\.actors must be a non-empty array$/,
  ],
  [
    '[{"payload":1,"route":{"actors":["a#"],"current":0}}]',
    /^\[0\]\.route\.actors must be names of actors$/,
  ],
  ['[{"payload":1,"route":{"actors":["a"]}}]', /^\[0\]\.route\.current must be an integer$/],
  [
    '[{"payload":1,"route":{"actors":["a"],"current":0.5}}]',
    /^\[0\]\.route\.current must be an integer$/,
  ],
  [
    '[{"payload":1,"route":{"actors":["a"],"current":0,"metadata":[]}}]',
    /metadata must be an object$/,
  ],
  [
    '[{"payload":1,"payl\\u006fad":2,"route":{"actors":["a"],"current":0}}]',
    /^\[0\]\.payload occurs twice$/,
  ],
  [
    '[{"payload":1,"route":{"actors":["a"],"current":0,"current":1}}]',
    /^\[0\]\.route\.current occurs twice$/,
  ],
  [
    '[{"payload":1,"route":{"actors":["a"],"current":0},"headers":5}]',
    /^\[0\]\.headers must be an object$/,
  ],
  [
    '[{"payload":1,"route":{"actors":["a"],"current":0},"headers":{"traceparent":"a","traceparent":"b"}}]',
    /^\[0\]\.headers\.traceparent occurs twice$/,
  ],
  ['[{"payload":1,"route":{"actors":["a"],"current":0}},{}]', /^\[1\]\.payload is required$/],
] as const) {
  test(`envelope: ${text} is invalid`, () => {
    assert.match(refusal(envelope(text)), says);
  });
}

test('envelope: each payload may be nested as deeply as the limit says', () => {
  assert.equal(payloadsIn(envelope(returned(nested(MAX_NESTING, '[', ']')))).length, 1);
  assert.match(refusal(envelope(returned(nested(MAX_NESTING + 1, '[', ']')))), /nested too deeply/);
});

function payload(text: string): Reply {
  return readPayloadReply(Buffer.from(text), MAX_NESTING);
}

function envelope(text: string): Reply {
  return readEnvelopeReply(Buffer.from(text), MAX_NESTING);
}

function returned(payloadText: string): string {
  return `[{"payload":${payloadText},"route":{"actors":["a"],"current":0}}]`;
}

function payloadsIn(reply: Reply): string[] {
  assert.equal(reply.kind, 'answered', JSON.stringify(reply));
  return reply.kind === 'answered' ? reply.items.map((item) => item.payload.toString()) : [];
}

function refusal(reply: Reply): string {
  assert.ok(reply.kind === 'failed' && reply.fault.code === 'reply_invalid', JSON.stringify(reply));
  return reply.fault.message;
}

function nested(depth: number, opener: string, closer: string): string {
  return `${opener.repeat(depth)}${opener.includes(':') ? '1' : ''}${closer.repeat(depth)}`;
}

function paddedArray(texts: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(...texts.map((text) => padded(fc.constant(text))))
    .map((all) => `[${all.join(',')}]`);
}
