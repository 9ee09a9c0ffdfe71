import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { ConfigError, readConfig } from '../../src/config/config.ts';
import { encodeEnvelope } from '../../src/envelope/edit.ts';
import { FAULT_CODES } from '../../src/faults.ts';
import type { ActorRouting, Hop, Outcome } from '../../src/hop/hop.ts';
import { readHop } from '../../src/hop/readHop.ts';
import { createCursor, expectEnd, skipValue } from '../../src/envelope/json/json.ts';
import { JsonError } from '../../src/envelope/json/jsonError.ts';
import { reject } from '../../src/hop/rejection.ts';
import { routeReply } from '../../src/hop/routing.ts';
import { createFrameDecoder } from '../../src/runtime/framed/framing.ts';
import { readHeadReply } from '../../src/runtime/http/headReply.ts';
import { readHttpReply } from '../../src/runtime/http/httpReply.ts';
import { createHttpReader } from '../../src/runtime/http/responseReader.ts';
import { toCallReply } from '../../src/runtime/reply/callReply.ts';
import { readEnvelopeReply } from '../../src/runtime/reply/envelopeReply.ts';
import { readPayloadReply } from '../../src/runtime/reply/payloadReply.ts';
import type { CallReply, Reply } from '../../src/runtime/runtime.ts';
import { createTraceHeaders } from '../../telemetry/context/propagation.ts';
import { resolveParent } from '../../telemetry/context/spanParent.ts';
import { envelopeText } from '../../test/kit/envelopes/envelopeText.ts';
import { deliveryOf, hopOf } from '../../test/kit/envelopes/hops.ts';
import { jsonText, padded } from '../../test/kit/envelopes/jsonText.ts';
import { callOf } from '../../test/kit/runtimes/request.ts';
import { strictGuard } from '../../test/kit/telemetry/strictGuard.ts';
import {
  environment,
  frameStream,
  httpStream,
  MAX_FRAME_BYTES,
  MAX_NESTING,
  mutated,
  nested,
  replyText,
  retryAfter,
  traceHeaders,
} from './inputs.ts';

const ROUTING: ActorRouting = {
  actor: 'infer',
  happyEnd: 'happy-end',
  errorEnd: 'error-end',
  isEnd: false,
  maxFanout: 3,
  maxMessageBytes: 100_000,
};

/**
 * One property for each reader of foreign input. A property throws if an input crashes the reader,
 * is not accounted for, or changes the prototype of all objects.
 */
export const PROPERTIES = {
  parser: of(fc.oneof(nested(), mutated(padded(jsonText()))), checkParser),
  envelope: of(fc.tuple(mutated(envelopeText), mutated(replyText())), checkHop),
  framing: of(fc.tuple(frameStream(200), fc.array(fc.nat(200), { maxLength: 6 })), checkFraming),
  reply: of(mutated(replyText()), checkReplies),
  // The reader skips interim responses (1xx).
  http: of(
    fc.tuple(fc.integer({ min: 200, max: 999 }), retryAfter(), mutated(replyText())),
    checkHttpReply,
  ),
  httpStream: of(fc.tuple(httpStream(), fc.array(fc.nat(400), { maxLength: 6 })), checkHttpStream),
  config: of(environment(), checkConfig),
  traceparent: of(fc.tuple(traceHeaders(), traceHeaders()), checkTrace),
} as const;

export type Property = fc.IRawProperty<unknown>;

function of<T>(input: fc.Arbitrary<T>, check: (input: T) => void): Property {
  const property = fc.property(input, (value) => {
    check(value);
    for (const prototype of [Object.prototype, Array.prototype, String.prototype]) {
      assert.deepEqual(Object.keys(prototype), [], 'a prototype was changed');
    }
  });
  return property;
}

function checkParser(input: Buffer): void {
  const error = scanErrorOf(input);
  if (error?.reason === 'nesting') assert.ok(countOpeners(input) > MAX_NESTING, 'not too deep');
  else assert.equal(error === undefined, parses(input), JSON.stringify(input.toString('latin1')));
}

/** Checks a complete hop: any message and any reply lead to valid outgoing envelopes. */
function checkHop([body, replyBytes]: [Buffer, Buffer]): void {
  const hop = readHop(deliveryBody(body), {
    actor: ROUTING.actor,
    isEnd: false,
    maxNesting: MAX_NESTING,
  });
  if (hop.refused !== undefined) assertValidDispatches(hop, reject(hop, hop.refused, ROUTING));
  else assert.ok(parses(body), 'an accepted body is JSON');
  const reply = readPayloadReply(replyBytes, MAX_NESTING);
  const outcome =
    reply.kind === 'answered'
      ? routeReply(hop, reply.items, ROUTING)
      : reject(
          hop,
          reply.kind === 'absent' ? { code: 'internal_error', message: '' } : reply.fault,
          ROUTING,
        );
  assertValidDispatches(hop, outcome);
}

function assertValidDispatches(hop: Hop, outcome: Outcome): void {
  assert.ok(outcome.kind === 'complete' && outcome.dispatches.length > 0, outcome.kind);
  for (const { to, envelope, edit } of outcome.dispatches) {
    const sent: unknown = JSON.parse(encodeEnvelope(envelope, edit).toString());
    assert.ok(typeof sent === 'object' && sent !== null && 'id' in sent, to);
    assert.equal(edit.parentId ?? sent.id, hop.envelope.id);
  }
}

/** Each byte is in a frame, pending or refused, however the stream is split into chunks. */
function checkFraming([stream, cuts]: [Buffer, number[]]): void {
  const decoded = decodeFrames([stream]);
  assert.deepEqual(decodeFrames(split(stream, cuts)), decoded);
  if (decoded.refused.length === 0) {
    const framedBytes = decoded.frames.reduce((sum, frame) => sum + 4 + frame.length, 0);
    assert.equal(framedBytes + decoded.pending, stream.length);
  }
  assert.ok(decoded.frames.every((frame) => frame.length <= MAX_FRAME_BYTES));
  assert.ok(decoded.refused.every((sizeBytes) => sizeBytes > MAX_FRAME_BYTES));
}

function decodeFrames(chunks: readonly Buffer[]): {
  frames: Buffer[];
  refused: number[];
  pending: number;
} {
  const frames: Buffer[] = [];
  const refused: number[] = [];
  const decoder = createFrameDecoder(MAX_FRAME_BYTES, {
    onFrame: (body) => frames.push(Buffer.from(body)),
    onTooLarge: (sizeBytes) => refused.push(sizeBytes),
  });
  for (const chunk of chunks) decoder.push(chunk);
  return { frames, refused, pending: decoder.pendingBytes() };
}

function checkReplies(input: Buffer): void {
  for (const read of [readPayloadReply, readEnvelopeReply]) {
    const reply = read(input, MAX_NESTING);
    assertAccounted(reply);
    // White space alone is an empty reply.
    if (reply.kind === 'answered' && input.toString().trim() !== '') assert.ok(parses(input));
  }
}

function checkHttpReply([status, header, body]: [number, string | undefined, Buffer]): void {
  const headers = new Map(header === undefined ? [] : [['retry-after', header]]);
  const nowMs = Date.now();
  const response = { status, headers, body };
  const reply =
    readHeadReply(response, nowMs) ??
    readHttpReply(response, { readBody, maxNesting: MAX_NESTING, nowMs });
  if (reply.kind === 'answered') {
    reply.replies.forEach(assertAccounted);
    assert.equal(Math.floor(status / 100), 2);
  } else assertAccounted(reply);
  if (reply.kind === 'deferred') assert.ok(reply.afterMs >= 0, `after ${reply.afterMs} ms`);
}

/** The failure of any stream, however it is split, is part of a valid error envelope. */
function checkHttpStream([stream, cuts]: [Buffer, number[]]): void {
  const replies = [[stream], split(stream, cuts)].map(readHttpStream);
  for (const reply of replies) {
    if (reply === undefined) continue;
    if (reply.kind === 'answered') reply.replies.forEach(assertAccounted);
    else {
      assertAccounted(reply);
      if (reply.kind === 'absent') continue;
      assert.ok(!/[\r\n]/.test(reply.fault.message), reply.fault.message);
      const hop = hopOf();
      assertValidDispatches(hop, reject(hop, reply.fault, ROUTING));
    }
  }
  const [whole, cut] = replies.map((reply) => JSON.stringify(reply));
  // Bytes after a reply, or after the first event of an error, belong to it if they arrive with it.
  if (/after its reply/.test(`${whole}${cut}`) || /event-|ndjson/.test(stream.toString())) return;
  const [expected, actual] = replies.map(summaryOf);
  assert.equal(actual, expected, `${cut} instead of ${whole}`);
}

/** Messages quote what has arrived. */
function summaryOf(reply: CallReply | undefined): string {
  if (reply === undefined || reply.kind === 'absent') return '';
  return reply.kind === 'answered' ? JSON.stringify(reply) : `${reply.kind} ${reply.fault.code}`;
}

function readHttpStream(chunks: readonly Buffer[]): CallReply | undefined {
  const reader = createHttpReader({ maxReplyBytes: 10_000, maxNesting: MAX_NESTING });
  const call = callOf();
  for (const chunk of chunks) {
    const result = reader.push(chunk, call);
    if (result !== undefined) return result.reply;
  }
  return reader.end(call);
}

function readBody(body: Buffer): CallReply {
  return toCallReply(readPayloadReply(body, MAX_NESTING));
}

function assertAccounted(reply: Reply): void {
  if (reply.kind === 'answered') {
    for (const { payload } of reply.items) assert.ok(parses(payload), payload.toString('latin1'));
  } else {
    assert.ok(reply.kind !== 'absent' && FAULT_CODES.includes(reply.fault.code));
    assert.equal(typeof reply.fault.message, 'string');
  }
}

/** The result is a configuration, or a `ConfigError` that names the variable of each problem. */
function checkConfig(variables: Record<string, string>): void {
  try {
    assert.ok(Object.isFrozen(readConfig(variables).config));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) assert.match(problem, /(?:ASYA|OTEL)_[A-Z_]+/);
  }
}

function checkTrace([inMessage, inEnvelope]: [
  Record<string, string>,
  Record<string, string>,
]): void {
  const hop = hopOf({ headers: inMessage, envelope: { headers: inEnvelope } });
  const { context } = resolveParent(hop, {
    maxGapMs: 1_000,
    nowMs: Date.now(),
    guard: strictGuard,
  });
  const { traceparent } = createTraceHeaders(context, hop.envelope);
  if (traceparent !== undefined) assert.match(traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]$/);
}

function scanErrorOf(input: Buffer): JsonError | undefined {
  try {
    const cursor = createCursor(input, MAX_NESTING);
    skipValue(cursor);
    expectEnd(cursor);
    return undefined;
  } catch (error) {
    if (error instanceof JsonError) return error;
    throw error;
  }
}

function parses(input: Buffer): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(input));
    return true;
  } catch {
    return false;
  }
}

function countOpeners(input: Buffer): number {
  return input.filter((byte) => byte === 0x5b || byte === 0x7b).length;
}

function deliveryBody(body: Buffer): Parameters<typeof readHop>[0] {
  return { ...deliveryOf(), body };
}

function split(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const bounds = [0, ...cuts.map((at) => Math.min(at, stream.length)), stream.length].toSorted(
    (a, b) => a - b,
  );
  return bounds.slice(1).map((end, index) => stream.subarray(bounds[index], end));
}
