import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { pino } from 'pino';
import { restoreOriginal } from '../../../src/cli/replay/restore.ts';
import { payloadOf, readEnvelope } from '../../../src/envelope/envelope.ts';
import { readHopAtErrorEnd } from '../../../src/hop/failure/errorEnd.ts';
import { readErrorReport } from '../../../src/hop/failure/errorReport.ts';
import type { Fault } from '../../../src/faults.ts';
import { Health } from '../../../src/sidecar/health.ts';
import { readHop } from '../../../src/hop/readHop.ts';
import type { ActorRouting, Hop, Outcome } from '../../../src/hop/hop.ts';
import { createDeliver } from '../../../src/sidecar/deliver.ts';
import { createHopProcessor } from '../../../src/sidecar/processHop.ts';
import { reject } from '../../../src/hop/rejection.ts';
import { createSettle } from '../../../src/sidecar/settle.ts';
import type { Message } from '../../../src/transport/message.ts';
import type { Delivery, ReplyTransport, Transport } from '../../../src/transport/transport.ts';
import { idleIntake } from '../../kit/rigs/idleIntake.ts';

const NAMES = { happyEnd: 'happy-end', errorEnd: 'error-end' };
const MAX_NESTING = 100;
const MAX_BYTES = 20_000;
const FAULT: Fault = { code: 'runtime_error', message: 'it failed', type: 'ValueError' };

test('an original survives byte for byte, and every message is within the limits, at sizes around the limit', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: MAX_BYTES - 3_000, max: MAX_BYTES + 500 }),
      fc.constantFrom('envelope', 'wide', 'text', 'bytes'),
      fc.string({ unit: 'binary', maxLength: 50 }),
      fc.nat(500),
      async (sizeBytes, what, text, times) => {
        const body = bodyOf(what, sizeBytes);
        const received = deliveryOf('infer', {
          body,
          headers: { own: 'header' },
          properties: { priority: 9 },
        });
        const fault = { ...FAULT, message: text.repeat(times), type: text };
        const failed = await rejected(readAt('infer', received), fault, 'infer');
        assertAcceptable(failed, received);
        assertRestores(failed, received);
        const arrived = deliveryOf('error-end', failed);
        const ended = readAt('error-end', arrived);
        assert.equal(ended.refused, undefined);
        assert.equal(readErrorReport(ended.envelope)?.failure.actor, 'infer');
        const parked = await rejected(ended, { ...fault, code: 'runtime_crashed' }, 'error-end');
        assertAcceptable(parked, arrived);
        assertRestores(parked, received);
      },
    ),
    { numRuns: 300 },
  );
});

test('an original too large for an error envelope is sent unchanged, with the error in its message headers', async () => {
  const body = bodyOf('envelope', MAX_BYTES);
  const headers = { own: 'header', 'asya-attempt': 2, 'asya-error-type': 'a stranger' };
  const properties = { contentType: 'application/json', appId: 'shop' };
  const received = deliveryOf('infer', { body, headers, properties });
  const sent = await rejected(
    readAt('infer', received),
    { code: 'reply_invalid', message: 'no' },
    'infer',
  );
  const { 'asya-error-failed-at': failedAt, 'asya-published-at': _, ...rest } = sent.headers;
  assert.ok(!Number.isNaN(Date.parse(String(failedAt))));
  assert.deepEqual(rest, {
    own: 'header',
    'asya-error-code': 'reply_invalid',
    'asya-error-message': 'no',
    'asya-error-actor': 'infer',
    'asya-error-attempt': 2,
  });
  assert.deepEqual([sent.body.equals(body), sent.properties], [true, properties]);
});

test('the runtime of error-end receives an error envelope for each form of message', async () => {
  const small = deliveryOf('infer', { body: bodyOf('envelope', 500), headers: {} });
  const large = deliveryOf('infer', { body: bodyOf('envelope', MAX_BYTES), headers: {} });
  for (const received of [small, large]) {
    const sent = await rejected(readAt('infer', received), FAULT, 'infer');
    const { envelope } = readAt('error-end', deliveryOf('error-end', sent));
    const {
      error,
      details,
      original_payload: original,
    } = decoded(envelope.bytes.subarray(...spanOf(envelope)));
    assert.equal(error, 'runtime_error: it failed');
    const { failed_at: failedAt, ...rest } = details;
    assert.ok(typeof failedAt === 'string');
    assert.deepEqual(rest, {
      code: 'runtime_error',
      message: 'it failed',
      type: 'ValueError',
      actor: 'infer',
      attempt: 1,
    });
    assert.deepEqual(
      original,
      JSON.parse(payloadOf(readEnvelope(received.body, { maxNesting: 9 })).toString()),
    );
    assert.deepEqual([envelope.id, envelope.headers.hops], ['env-1', 3]);
  }
});

test('the runtime of error-end receives a dead-lettered message as an error envelope', () => {
  const deadLetter = { queue: 'infer', reason: 'delivery_limit', atMs: 1_795_000_000_000 };
  const hop = readAt('error-end', {
    ...deliveryOf('error-end', { body: bodyOf('envelope', 500), headers: {} }),
    deadLetter,
  });
  assert.deepEqual(readErrorReport(hop.envelope)?.failure, {
    fault: {
      code: 'redelivered_too_often',
      message: 'dead-lettered by the broker from queue "infer": delivery_limit',
    },
    actor: 'infer',
    attempt: 1,
    failedAt: '2026-11-18T11:06:40.000Z',
  });
});

test('a retry of a dead-lettered message keeps the reason', async () => {
  const deadLetter = { queue: 'infer', reason: 'maxlen', atMs: undefined };
  const body = Buffer.from([0x80, 4]);
  const moved = { ...deliveryOf('error-end', { body, headers: { own: 1 } }), deadLetter };
  const sent = await settled(
    readAt('error-end', moved),
    { kind: 'retry', fault: FAULT, delayMs: 1, deferral: false },
    'error-end',
  );
  const again = readAt('error-end', deliveryOf('error-end', sent));
  const { fault, actor } = readErrorReport(again.envelope)?.failure ?? {};
  assert.deepEqual([fault?.code, actor, again.attempt], ['internal_error', 'infer', 2]);
  const { original } = restoreOriginal(sent, { ...NAMES, maxNesting: MAX_NESTING });
  assert.deepEqual('to' in original && [original.to, original.message.body], ['infer', body]);
});

/**
 * A body of a given size: an envelope, an envelope with another large field, or text or bytes that
 * are not an envelope.
 */
function bodyOf(what: string, sizeBytes: number): Buffer {
  if (what === 'bytes') return Buffer.alloc(sizeBytes, 0xff);
  if (what === 'text') return Buffer.alloc(sizeBytes, 'no "JSON" \n');
  const envelope = (filling: string): Buffer => {
    const route = { actors: ['infer', 'post'], current: 0 };
    const large = what === 'wide' ? { extra: filling, payload: 1 } : { payload: filling };
    return Buffer.from(
      JSON.stringify({ id: 'env-1', route, headers: { 'x-asya-hops': 2 }, ...large }),
    );
  };
  return envelope('y'.repeat(sizeBytes - envelope('').length));
}

function deliveryOf(queue: string, { body, headers, properties }: Message): Delivery {
  return {
    id: 'm',
    queue,
    body,
    headers,
    properties,
    redelivered: false,
    unsettled: 0,
    gone: false,
  };
}

function readAt(actor: string, delivery: Delivery): Hop {
  const isEnd = actor === NAMES.errorEnd;
  return (isEnd ? readHopAtErrorEnd : readHop)(delivery, { actor, isEnd, maxNesting: MAX_NESTING });
}

function routingOf(actor: string): ActorRouting {
  return {
    ...NAMES,
    actor,
    isEnd: actor === NAMES.errorEnd,
    maxFanout: 10,
    maxMessageBytes: MAX_BYTES,
  };
}

function rejected(hop: Hop, fault: Fault, actor: string): Promise<Message> {
  return settled(hop, reject(hop, fault, routingOf(actor)), actor);
}

/** The message that settling an outcome sends. */
async function settled(hop: Hop, outcome: Outcome, actor: string): Promise<Message> {
  const sent: Message[] = [];
  const transport: Transport & Pick<ReplyTransport, 'sendCopy'> = {
    receive: () => Promise.reject(new Error('not received from')),
    send: async (_, message) => void sent.push(message),
    ack: async () => true,
    nack: async () => true,
    sendCopy: () => {},
    close: async () => {},
  };
  const health = new Health();
  const { signal: closed } = new AbortController();
  const log = pino({ level: 'silent' });
  const settle = createSettle({
    deliver: createDeliver(transport),
    transport,
    intake: idleIntake(health),
    health,
    routing: NAMES,
    maxMessageBytes: MAX_BYTES,
    log,
    closed,
  });
  const process = createHopProcessor({
    decide: async () => outcome,
    settle,
    policy: { maxAttempts: 3, backoffMs: [1], errors: [], maxDeferrals: 1 },
    routing: routingOf(actor),
    maxNesting: MAX_NESTING,
    log,
    closed,
  });
  await process(hop);
  const [message, ...others] = sent;
  assert.ok(message !== undefined && others.length === 0);
  return message;
}

/**
 * Asserts that the broker accepts the message: its size is within the limit or that of the received
 * message, and so are its headers.
 */
function assertAcceptable({ body, headers }: Message, received: Message): void {
  assert.ok(body.length <= MAX_BYTES || body.equals(received.body), `${body.length} bytes`);
  const texts = Object.values(headers).filter((value) => typeof value === 'string');
  assert.ok(texts.every((text) => text.isWellFormed()));
  assert.ok(texts.reduce((total, text) => total + Buffer.byteLength(text), 0) < 32 * 1024);
}

/**
 * Asserts that a replay restores the original, with one more hop, or two after an error envelope.
 */
function assertRestores(message: Message, received: Message): void {
  const { original } = restoreOriginal(message, { ...NAMES, maxNesting: MAX_NESTING });
  assert.ok('to' in original, JSON.stringify(original));
  assert.equal(original.to, 'infer');
  const { body } = original.message;
  const back = body.toString('latin1').replace(/"x-asya-hops":[34]/, '"x-asya-hops":2');
  const wrapped = back.replace(/"x-asya-(?:journey-id|started-at|parked)":(?:"[^"]*"|null),?/g, '');
  assert.ok(Buffer.from(wrapped, 'latin1').equals(received.body), 'byte for byte');
  if (!body.equals(received.body)) return;
  assert.deepEqual(original.message.headers, { own: 'header' });
  assert.deepEqual(original.message.properties, { priority: 9 });
}

function spanOf({ layout }: Hop['envelope']): [number, number] {
  return [layout.payload.start, layout.payload.end];
}

function decoded(bytes: Buffer): Record<string, unknown> & { details: Record<string, unknown> } {
  return JSON.parse(bytes.toString()) as Record<string, unknown> & {
    details: Record<string, unknown>;
  };
}
