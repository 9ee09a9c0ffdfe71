import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { ConfigError, readConfig } from '../../src/config/config.ts';
import { SCHEMA } from '../../src/config/schema.ts';
import { encodeEnvelope } from '../../src/envelope/edit.ts';
import { FAULT_CODES } from '../../src/faults.ts';
import type { Hop, Outcome } from '../../src/hop/hop.ts';
import { readHop } from '../../src/hop/readHop.ts';
import { createCursor, expectEnd, skipValue } from '../../src/envelope/json/json.ts';
import { JsonError } from '../../src/envelope/json/jsonError.ts';
import { reject } from '../../src/hop/rejection.ts';
import { routeReply } from '../../src/hop/routing.ts';
import type { ActorRouting } from '../../src/hop/actorRouting.ts';
import { createFrameDecoder } from '../../src/runtime/framed/framing.ts';
import { readHttpReply } from '../../src/runtime/http/httpReply.ts';
import { readEnvelopeReply } from '../../src/runtime/reply/envelopeReply.ts';
import { readPayloadReply } from '../../src/runtime/reply/payloadReply.ts';
import type { Reply } from '../../src/runtime/runtime.ts';
import { createTraceHeaders } from '../../telemetry/context/propagation.ts';
import { resolveParent } from '../../telemetry/context/spanParent.ts';
import { envelopeText } from '../../test/kit/envelopes/envelopeText.ts';
import { deliveryOf, hopOf } from '../../test/kit/envelopes/hops.ts';
import { jsonText, padded } from '../../test/kit/envelopes/jsonText.ts';
import { mutation } from '../../test/kit/envelopes/mutation.ts';
import { strictGuard } from '../../test/kit/telemetry/strictGuard.ts';

const MAX_NESTING = 20;
const MAX_FRAME_BYTES = 50;
const PLACE: ActorRouting = {
  actor: 'infer',
  happyEnd: 'happy-end',
  errorEnd: 'error-end',
  isEnd: false,
  maxFanout: 3,
  maxMessageBytes: 100_000,
};

/**
 * What strangers send to each place that reads it. A property throws when an input crashes the
 * reader, is not accounted for, or changes what every object inherits.
 */
export const PROPERTIES = {
  parser: of(fc.oneof(nested(), mutated(padded(jsonText()))), checkParser),
  envelope: of(fc.tuple(mutated(envelopeText), mutated(replyText())), checkHop),
  framing: of(fc.tuple(bytes(200), fc.array(fc.nat(200), { maxLength: 6 })), checkFraming),
  reply: of(mutated(replyText()), checkReplies),
  http: of(
    fc.tuple(fc.integer({ min: 100, max: 999 }), retryAfter(), mutated(replyText())),
    checkHttpReply,
  ),
  config: of(environment(), checkConfig),
  traceparent: of(fc.tuple(traceHeaders(), traceHeaders()), checkTrace),
} as const;

export type Property = fc.IRawProperty<unknown>;

function of<T>(input: fc.Arbitrary<T>, check: (input: T) => void): Property {
  const property = fc.property(input, (value) => {
    check(value);
    for (const prototype of [Object.prototype, Array.prototype, String.prototype]) {
      assert.deepEqual(Object.keys(prototype), [], 'every object inherits something new');
    }
  });
  return property;
}

function checkParser(input: Buffer): void {
  const ours = refusalOf(input);
  if (ours?.reason === 'nesting') assert.ok(opened(input) > MAX_NESTING, 'refused for its nesting');
  else assert.equal(ours === undefined, parses(input), JSON.stringify(input.toString('latin1')));
}

/**
 * A whole hop: whatever comes, and whatever the runtime replies, something leaves that anybody can
 * read.
 */
function checkHop([body, answer]: [Buffer, Buffer]): void {
  const hop = readHop(deliveryBody(body), {
    actor: PLACE.actor,
    isEnd: false,
    maxNesting: MAX_NESTING,
  });
  if (hop.refused !== undefined) assertLeaves(hop, reject(hop, hop.refused, PLACE));
  else assert.ok(parses(body), 'what was taken is JSON');
  const reply = readPayloadReply(answer, MAX_NESTING);
  const outcome =
    reply.kind === 'answered'
      ? routeReply(hop, reply.items, PLACE)
      : reject(
          hop,
          reply.kind === 'absent' ? { code: 'internal_error', message: '' } : reply.fault,
          PLACE,
        );
  assertLeaves(hop, outcome);
}

function assertLeaves(hop: Hop, outcome: Outcome): void {
  assert.ok(outcome.kind === 'complete' && outcome.dispatches.length > 0, outcome.kind);
  for (const { to, envelope, edit } of outcome.dispatches) {
    const sent: unknown = JSON.parse(encodeEnvelope(envelope, edit).toString());
    assert.ok(typeof sent === 'object' && sent !== null && 'id' in sent, to);
    assert.equal(edit.parentId ?? sent.id, hop.envelope.id);
  }
}

/** Each byte is in a frame, pending or refused; how the stream is cut changes nothing. */
function checkFraming([stream, cuts]: [Buffer, number[]]): void {
  const whole = decodeFrames([stream]);
  assert.deepEqual(decodeFrames(cut(stream, cuts)), whole);
  if (whole.refused.length === 0) {
    const taken = whole.frames.reduce((sum, frame) => sum + 4 + frame.length, 0);
    assert.equal(taken + whole.pending, stream.length);
  }
  assert.ok(whole.frames.every((frame) => frame.length <= MAX_FRAME_BYTES));
  assert.ok(whole.refused.every((sizeBytes) => sizeBytes > MAX_FRAME_BYTES));
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
    // No bytes are an empty reply.
    if (reply.kind === 'answered' && input.toString().trim() !== '') assert.ok(parses(input));
  }
}

function checkHttpReply([status, header, body]: [number, string | undefined, Buffer]): void {
  const headers = new Map(header === undefined ? [] : [['retry-after', header]]);
  const reply = readHttpReply({ status, headers, body }, MAX_NESTING, Date.now());
  assertAccounted(reply);
  if (reply.kind === 'answered') assert.equal(Math.floor(status / 100), 2);
  if (reply.kind === 'deferred') assert.ok(reply.afterMs >= 0, `after ${reply.afterMs} ms`);
}

function assertAccounted(reply: Reply): void {
  if (reply.kind === 'answered') {
    for (const { payload } of reply.items) assert.ok(parses(payload), payload.toString('latin1'));
  } else {
    assert.ok(reply.kind !== 'absent' && FAULT_CODES.includes(reply.fault.code));
    assert.equal(typeof reply.fault.message, 'string');
  }
}

/** A configuration, or every problem by the name of its variable: never another throw. */
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

function refusalOf(input: Buffer): JsonError | undefined {
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
    return false; // Whatever the reason: that is the question.
  }
}

function opened(input: Buffer): number {
  return input.filter((byte) => byte === 0x5b || byte === 0x7b).length;
}

function deliveryBody(body: Buffer): Parameters<typeof readHop>[0] {
  return { ...deliveryOf(), body };
}

function cut(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((at) => Math.min(at, stream.length)), stream.length].toSorted(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, index) => stream.subarray(places[index], end));
}

function bytes(maxLength: number): fc.Arbitrary<Buffer> {
  // Lengths that make sense, or nearly every stream would be refused at its first frame.
  const head = fc.nat(MAX_FRAME_BYTES + 2).map((length) => Uint8Array.of(0, 0, 0, length));
  const part = fc.oneof(fc.uint8Array({ maxLength: 20 }), head, frame());
  return fc
    .array(part, { maxLength: 8 })
    .map((parts) => Buffer.concat(parts).subarray(0, maxLength));
}

function frame(): fc.Arbitrary<Uint8Array> {
  return fc
    .uint8Array({ maxLength: MAX_FRAME_BYTES })
    .map((body) => Uint8Array.of(0, 0, 0, body.length, ...body));
}

function mutated(text: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  return fc
    .tuple(text, fc.array(mutation, { maxLength: 3 }))
    .map(([valid, mutations]) =>
      mutations.reduce<Buffer>((it, mutate) => mutate(it), Buffer.from(valid)),
    );
}

/** Objects and arrays inside each other, about as deep as the limit. */
function nested(): fc.Arbitrary<Buffer> {
  const level = fc.constantFrom(['[', ']'], ['{"a":', '}']);
  return fc
    .tuple(fc.array(level, { minLength: 10, maxLength: 30 }), jsonText(1))
    .map(([levels, text]) =>
      Buffer.from(levels.reduce((inside, [open = '', close = '']) => open + inside + close, text)),
    );
}

function replyText(): fc.Arbitrary<string> {
  const error = fc.record(
    {
      error: fc.string(),
      message: fc.string(),
      retryable: fc.boolean(),
      retry_after_ms: fc.double(),
    },
    { requiredKeys: ['error'] },
  );
  const envelope = fc.record(
    {
      payload: fc.jsonValue(),
      route: fc.record({ actors: fc.array(fc.string()), current: fc.integer() }),
    },
    { requiredKeys: [] },
  );
  return fc.oneof(
    padded(jsonText()),
    error.map((it) => JSON.stringify(it)),
    fc.array(fc.oneof(envelope, error), { maxLength: 4 }).map((it) => JSON.stringify(it)),
  );
}

function retryAfter(): fc.Arbitrary<string | undefined> {
  const date = fc.date({ noInvalidDate: true }).map((it) => it.toUTCString());
  return fc.option(fc.oneof(fc.string(), fc.double().map(String), date), { nil: undefined });
}

function environment(): fc.Arbitrary<Record<string, string>> {
  const known = Object.keys(SCHEMA);
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double().map(String),
    fc.integer().map(String),
    fc.constantFrom(
      'true',
      'false',
      'sqlite',
      'memory',
      '1s,2s',
      '-1s',
      ':8080',
      '__proto__',
      '',
      'error-end',
    ),
    fc.constantFrom(
      'amqp://u:p@h/v',
      'amqps://h',
      'amqp://%',
      'amqp://h:99999',
      '10MiB',
      '9e99h',
      '1h2h',
    ),
  );
  return fc.dictionary(fc.constantFrom(...known, '__proto__', 'constructor'), value, {
    noNullPrototype: true,
  });
}

function traceHeaders(): fc.Arbitrary<Record<string, string>> {
  const id = (digits: number): fc.Arbitrary<string> =>
    fc.string({
      unit: fc.constantFrom(...'0123456789abcdefABZ-'.split('')),
      minLength: digits - 1,
      maxLength: digits,
    });
  const made = fc
    .tuple(
      fc.constantFrom('00', 'ff', '01', ''),
      id(32),
      id(16),
      fc.constantFrom('00', '01', 'zz', '01-x'),
    )
    .map((parts) => parts.join('-'));
  const pairs = fc.string({ unit: fc.constantFrom(...'ab=,;%20 é\n'.split('')) });
  const text = fc.oneof(made, pairs, fc.string({ unit: 'binary' }));
  return fc.dictionary(
    fc.constantFrom('traceparent', 'tracestate', 'baggage', 'asya-trace'),
    text,
    {
      noNullPrototype: true,
    },
  );
}
