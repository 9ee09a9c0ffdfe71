import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Reply } from '../../../src/runtime/runtime.ts';
import { jsonText } from '../envelopes/jsonText.ts';

/** Returns the payloads of an answer as text. */
export function payloadsOf(reply: Reply): string[] {
  assert.ok(reply.kind === 'answered', JSON.stringify(reply));
  return reply.items.map(({ payload }) => payload.toString());
}

/** Returns the fault message of a failed reply, which must have the code. */
export function faultMessageOf(reply: Reply, code: string): string {
  assert.ok(reply.kind === 'failed' && reply.fault.code === code, JSON.stringify(reply));
  return reply.fault.message;
}

/** Bytes that resemble a reply: arbitrary bytes, and the ends of JSON texts. */
export function replyBytes(): fc.Arbitrary<Buffer> {
  return fc.oneof(
    fc.uint8Array().map((array) => Buffer.from(array)),
    fc.tuple(jsonText(), fc.nat(5)).map(([text, dropped]) => Buffer.from(text.slice(dropped))),
  );
}

/** Checks that a reply was read, with valid JSON in its items. */
export function assertReply(reply: Reply): void {
  assert.ok(reply.kind !== 'absent');
  if (reply.kind === 'answered') for (const payload of payloadsOf(reply)) JSON.parse(payload);
}
