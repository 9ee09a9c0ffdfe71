import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  decodeMessage,
  encodeMessage,
  MessageFormatError,
  type ReceivedMessage,
} from '../../../src/cli/queue/messageJson.ts';
import type { StructuredValue } from '../../../src/transport/message.ts';

/** amqplib does not decode a header `__proto__`. */
const name = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text !== '__proto__');
const headerValue = fc.oneof(fc.string({ unit: 'grapheme' }), fc.double(), fc.boolean());
const bytes = fc.uint8Array().map((value) => Buffer.from(value));

/** Records often have the keys with which JSON tags its values. */
const { structured } = fc.letrec<{ structured: StructuredValue }>((tie) => ({
  structured: fc.oneof(
    { maxDepth: 4 },
    headerValue,
    fc.constant(null),
    bytes,
    fc.array(tie('structured')),
    fc.dictionary(fc.oneof(name, fc.constantFrom('!', 'value')), tie('structured')),
    fc.record({
      '!': fc.constantFrom('bytes', 'number', 'record', 'timestamp'),
      value: tie('structured'),
    }),
  ),
}));

const structuredOnly = structured.filter(
  (value) => value === null || (typeof value === 'object' && value !== null),
);

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });

const received: fc.Arbitrary<ReceivedMessage> = fc
  .record({
    id: optional(fc.string()),
    headers: fc.dictionary(name, headerValue),
    structuredHeaders: fc.dictionary(name, structuredOnly),
    standard: fc.record(
      {
        contentType: fc.string(),
        contentEncoding: fc.string(),
        correlationId: fc.string(),
        replyTo: fc.string(),
        type: fc.string(),
        timestamp: fc.nat(),
        priority: fc.nat({ max: 255 }),
        appId: fc.string(),
      },
      { requiredKeys: [] },
    ),
    body: fc.oneof(
      bytes,
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    ),
    deadLetter: optional(
      fc.record({
        queue: fc.string(),
        reason: fc.string(),
        atMs: optional(fc.nat()),
      }),
    ),
  })
  .map(({ headers, structuredHeaders, standard, ...rest }) => {
    const plain = Object.entries(headers).filter(([key]) => !Object.hasOwn(structuredHeaders, key));
    const hasStructured = Object.keys(structuredHeaders).length > 0;
    return {
      ...rest,
      headers: Object.fromEntries(plain),
      properties: hasStructured ? { ...standard, structuredHeaders } : standard,
    };
  });

function decodeText(text: string): ReceivedMessage {
  return decodeMessage(JSON.parse(text));
}

/** Dictionaries of fast-check have no prototype. */
function plain(value: unknown): unknown {
  return structuredClone(value);
}

test('a message survives JSON with every property, header and byte', () => {
  fc.assert(
    fc.property(received, (message) => {
      const decoded = decodeText(JSON.stringify(encodeMessage(message, 'infer')));
      assert.deepEqual(plain(decoded), plain(message));
    }),
    { numRuns: 1_000 },
  );
});

test('an envelope of a sidecar gets the content type with which it is published', () => {
  const message = { body: Buffer.from('{}'), headers: {} };
  const json = encodeMessage(message);
  assert.deepEqual(json, {
    properties: { content_type: 'application/json' },
    headers: {},
    body: '{}',
  });
  assert.deepEqual(decodeMessage(json).properties, { contentType: 'application/json' });
});

test('the body is text if it is well-formed UTF-8, and base64 otherwise', () => {
  const encode = (body: Buffer) => encodeMessage({ body, headers: {} });
  assert.equal(encode(Buffer.from('\uFEFF{"a": "ä"}')).body, '\uFEFF{"a": "ä"}');
  assert.equal(encode(Buffer.of(0xff, 0)).body_base64, '/wA=');
  assert.equal(encode(Buffer.of(0xff, 0)).body, undefined);
});

test('a value that is not a message is refused with the member and the rule', () => {
  const cases: readonly [unknown, RegExp][] = [
    ['text', /^a message must be an object$/],
    [{ body: '', properties: [] }, /^"properties" must be an object$/],
    [{ body: '', headers: 'x' }, /^"headers" must be an object$/],
    [{ headers: {} }, /^a message must have either "body" or "body_base64"$/],
    [{ body: '', body_base64: '' }, /^a message must have either "body" or "body_base64"$/],
    [{ body: {} }, /^the body must be a string$/],
    [{ body_base64: 'a?b' }, /^"body_base64" must be padded base64$/],
    [{ body: '', dead_letter: {} }, /^"dead_letter" must have the strings "queue" and "reason"$/],
  ];
  for (const [json, message] of cases) {
    assert.throws(() => decodeMessage(json), { name: MessageFormatError.name, message });
  }
});
