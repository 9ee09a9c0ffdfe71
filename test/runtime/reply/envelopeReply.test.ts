import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readEnvelopeReply } from '../../../src/runtime/reply/envelopeReply.ts';
import type { Reply } from '../../../src/runtime/runtime.ts';
import { jsonText, padded } from '../../kit/envelopes/jsonText.ts';
import { assertReply, faultMessageOf, payloadsOf, replyBytes } from '../../kit/runtimes/replies.ts';

const MAX_NESTING = 10;

test('the payload and the route are returned byte for byte', () => {
  const route = '{ "actors" : ["prep","infer"], "current":1, "metadata":{"n":1.0} }';
  fc.assert(
    fc.property(padded(jsonText()), (text) => {
      const reply = read(`[{"route":${route},"other":[1],"payload":${text}}]`);
      assert.deepEqual(payloadsOf(reply), [text.trim()]);
      const item = reply.kind === 'answered' ? reply.items[0] : undefined;
      assert.equal(item?.route?.bytes.toString(), route);
      assert.deepEqual(item?.route?.actors, ['prep', 'infer']);
      assert.equal(item?.route?.current, 1);
      assert.equal(item?.headers, undefined);
    }),
    { numRuns: 300 },
  );
});

test('returned headers are kept unchanged', () => {
  const reply = read(
    '[{"payload":1,"route":{"actors":["a"],"current":1},"headers":{"big":12345678901234567890}}]',
  );
  const headers = reply.kind === 'answered' ? reply.items[0]?.headers : undefined;
  assert.deepEqual([...(headers?.members.keys() ?? [])], ['big']);
});

test('null headers count as absent', () => {
  const reply = read('[{"payload":1,"route":{"actors":["a"],"current":1},"headers":null}]');
  assert.ok(reply.kind === 'answered' && reply.items[0]?.headers === undefined);
});

for (const current of [-1, 1, 99]) {
  test(`the index ${current} outside the route is accepted`, () => {
    const reply = read(`[{"payload":1,"route":{"actors":["a"],"current":${current}}}]`);
    assert.equal(reply.kind === 'answered' && reply.items[0]?.route?.current, current);
  });
}

for (const text of ['', 'null', '[]', '[{}]']) {
  test(`${JSON.stringify(text)} is an empty reply`, () => {
    assert.deepEqual(read(text), { kind: 'answered', items: [], sizeBytes: text.length });
  });
}

test('an error with details is a failure', () => {
  const error = {
    error: 'processing_error',
    details: { message: 'not a number', type: 'ValueError', traceback: 'line 1' },
  };
  assert.deepEqual(read(JSON.stringify([error])), {
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

test('an error without details is a failure', () => {
  const reply = read('[{"error":"connection_error"}]');
  assert.ok(reply.kind === 'failed' && reply.fault.runtimeCode === 'connection_error');
});

for (const [text, problem] of [
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
  test(`${text} is invalid`, () => {
    assert.match(problemOf(read(text)), problem);
  });
}

test('the nesting limit applies to each payload', () => {
  assert.equal(payloadsOf(read(returned(nested(MAX_NESTING, '[', ']')))).length, 1);
  assert.match(problemOf(read(returned(nested(MAX_NESTING + 1, '[', ']')))), /nested too deeply/);
});

test('arbitrary bytes give a reply', () => {
  fc.assert(
    fc.property(replyBytes(), (body) => assertReply(readEnvelopeReply(body, MAX_NESTING))),
    { numRuns: 1000 },
  );
});

function read(text: string): Reply {
  return readEnvelopeReply(Buffer.from(text), MAX_NESTING);
}

function problemOf(reply: Reply): string {
  return faultMessageOf(reply, 'reply_invalid');
}

function nested(depth: number, opener: string, closer: string): string {
  return `${opener.repeat(depth)}${opener.includes(':') ? '1' : ''}${closer.repeat(depth)}`;
}

function returned(payloadText: string): string {
  return `[{"payload":${payloadText},"route":{"actors":["a"],"current":0}}]`;
}
