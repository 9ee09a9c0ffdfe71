import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { errorPayload } from '../src/hop/failure/errorEnvelope.ts';
import { errorHeaders } from '../src/hop/failure/errorHeaders.ts';
import { readPayloadReply } from '../src/runtime/reply/payloadReply.ts';
import { truncateToBytes, truncate, toWellFormedJson } from '../src/unicode.ts';
import { hopOf } from './kit/envelopes/hops.ts';

/** Code units: surrogates, complete characters, and characters that JSON escapes. */
const unit = fc.oneof(
  fc.integer({ min: 0xd8_00, max: 0xdf_ff }).map((code) => String.fromCharCode(code)),
  fc.constantFrom('a', '"', '\\', '\n', '\u0000', 'ä', '😀'),
);
const anyText = fc.array(unit, { maxLength: 200 }).map((units) => units.join(''));

test('a truncated text is well-formed, and a prefix of the text', () => {
  fc.assert(
    fc.property(anyText, fc.nat(220), (text, maxLength) => {
      const start = truncate(text, maxLength);
      assert.ok(start.isWellFormed());
      assert.ok(start.length <= maxLength);
      assert.ok(start.length >= Math.min(text.length, maxLength - 1));
      assert.ok(text.toWellFormed().startsWith(start));
    }),
    { numRuns: 2_000 },
  );
});

test('a text truncated to a size as JSON is well-formed, and ends with the original size', () => {
  fc.assert(
    fc.property(anyText, fc.nat(300), (text, maxBytes) => {
      const result = truncateToBytes(text, maxBytes);
      assert.ok(result.isWellFormed());
      const isWhole = Buffer.byteLength(JSON.stringify(text.toWellFormed())) - 2 <= maxBytes;
      const suffix = `… (${Buffer.byteLength(text)} bytes)`;
      assert.ok(isWhole ? result === text.toWellFormed() : result.endsWith(suffix));
      const start = isWhole ? result : result.slice(0, -suffix.length);
      assert.ok(Buffer.byteLength(JSON.stringify(start)) - 2 <= maxBytes);
      assert.ok(text.toWellFormed().startsWith(start));
    }),
    { numRuns: 2_000 },
  );
});

/** A JSON string with surrogate pairs, lone surrogates and texts that resemble escapes. */
const jsonString = fc
  .array(
    fc.constantFrom(
      '\\ud83d',
      '\\uDE00',
      '\\uD83D\\ude00',
      '\\\\',
      '\\\\ud83d',
      '\\"',
      '\\n',
      '\\u0041',
      'ud83d',
      '😀',
    ),
    { maxLength: 12 },
  )
  .map((parts) => `"${parts.join('')}"`);

test('only escaped lone surrogates of a JSON text are replaced', () => {
  fc.assert(
    fc.property(fc.array(jsonString, { maxLength: 4 }), (strings) => {
      const json = `[${strings.join(', ')}]`;
      const parsed = JSON.parse(json) as string[];
      const result = toWellFormedJson(json);
      assert.deepEqual(
        JSON.parse(result),
        parsed.map((text) => text.toWellFormed()),
      );
      if (parsed.every((text) => text.isWellFormed())) assert.equal(result, json);
    }),
    { numRuns: 2_000 },
  );
});

test('every text of an error envelope is well-formed, whatever the runtime returned', () => {
  const keys = ['error', 'message', 'type', 'traceback'] as const;
  const long = fc
    .tuple(jsonString, fc.nat(2_000))
    .map(([text, count]) => `"${text.slice(1, -1).repeat(count)}"`);
  fc.assert(
    fc.property(
      fc.array(long, { minLength: 6, maxLength: 6 }),
      fc.constantFrom(4_096, 65_536),
      (texts, max) => {
        const members = keys.map((key, index) => `"${key}":${texts[index]}`);
        const mro = `"mro":[${texts[4]},"Exception"]`;
        const details = `"details":{"where":${texts[5]},"b":[${texts[5]}]}`;
        const reply = readPayloadReply(
          Buffer.from(`{${[...members, mro, details].join(',')}}`),
          10,
        );
        assert.ok(reply.kind === 'failed');
        const { fault } = reply;
        assert.equal(fault.code, 'runtime_error');
        const failure = { fault, actor: 'infer', attempt: 1, failedAt: undefined };
        const payload = errorPayload(hopOf().envelope, failure, {
          maxMessageBytes: max,
        }).toString();
        assertWellFormed(payload);
        assertWellFormed(JSON.stringify(errorHeaders(failure)));
      },
    ),
    { numRuns: 100 },
  );
});

/** `JSON.stringify` escapes a lone surrogate, but no other character beyond ASCII. */
function assertWellFormed(json: string): void {
  assert.ok(json.isWellFormed());
  assert.doesNotMatch(JSON.stringify(JSON.parse(json)), /(?<!\\)(?:\\\\)*\\ud[89a-f]/);
}
