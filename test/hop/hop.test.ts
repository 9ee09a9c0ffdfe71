import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { encodeEnvelope } from '../../src/envelope/edit.ts';
import { readHop, type ReadHopOptions } from '../../src/hop/readHop.ts';
import type { Hop } from '../../src/hop/hop.ts';
import { compose, type Layer } from '../../src/compose.ts';
import type { Headers } from '../../src/transport/message.ts';
import { envelopeText } from '../kit/envelopes/envelopeText.ts';

test('readHop never throws and always returns an envelope', () => {
  const bytes = fc.oneof(
    fc.uint8Array().map((array) => Buffer.from(array)),
    fc.json().map((text) => Buffer.from(text)),
    fc.tuple(envelopeText, fc.nat(5)).map(([text, dropped]) => Buffer.from(text.slice(dropped))),
  );
  fc.assert(
    fc.property(bytes, fc.boolean(), (body, isEnd) => {
      const hop = read(body, { isEnd });
      assert.notEqual(hop.envelope.id, '');
      JSON.parse(
        encodeEnvelope(hop.envelope, { current: 0, payload: Buffer.from('1') }).toString(),
      );
    }),
    { numRuns: 1000 },
  );
});

test('readHop accepts an envelope for this actor', () => {
  const hop = read('{"id":"env-1","route":{"actors":["prep","infer"],"current":1},"payload":1}');
  assert.equal(hop.refused, undefined);
  assert.equal(hop.envelope.id, 'env-1');
});

test('readHop refuses an envelope for another actor and names that actor', () => {
  const { refused, envelope } = read(
    '{"id":"env-1","route":{"actors":["prep","infer"],"current":0},"payload":1}',
  );
  assert.deepEqual(refused, {
    code: 'route_mismatch',
    message: 'envelope is for "prep", this is "infer"',
  });
  assert.equal(envelope.id, 'env-1');
});

test('an end accepts an envelope for any actor', () => {
  const body = '{"id":"env-1","route":{"actors":["prep"],"current":7},"payload":1}';
  assert.equal(read(body, { isEnd: true }).refused, undefined);
});

test('a forwarded envelope may be for any actor', () => {
  const body = '{"id":"env-1","route":{"actors":["prep"],"current":0},"payload":1}';
  const hop = read(body, {}, { 'asya-forward': 'prep' });
  assert.equal(hop.refused, undefined);
  assert.equal(hop.forward, 'prep');
});

test('bytes that are not an envelope are refused, with an id derived from the bytes', () => {
  const faults = { '{': 'parse_error', '[]': 'invalid_envelope', '{"id":7}': 'invalid_envelope' };
  for (const [body, code] of Object.entries(faults)) {
    const { refused, envelope } = read(body);
    assert.equal(refused?.code, code);
    assert.match(envelope.id, /^sha256-[0-9a-f]{64}$/);
    assert.equal(envelope.id, read(body).envelope.id);
    assert.notEqual(envelope.id, read(`${body} `).envelope.id);
    assert.deepEqual(envelope.actors, ['infer']);
    assert.equal(envelope.current, 0);
  }
});

test('a first delivery is attempt 1 without deferrals', () => {
  const { attempt, deferrals, forward } = read('{}');
  assert.deepEqual(
    { attempt, deferrals, forward },
    { attempt: 1, deferrals: 0, forward: undefined },
  );
});

test("reads the transport's headers, and believes only what makes sense", () => {
  const hop = read('{}', {}, { 'asya-attempt': 3, 'asya-deferrals': 2, 'asya-forward': 'post' });
  assert.deepEqual([hop.attempt, hop.deferrals, hop.forward], [3, 2, 'post']);
  for (const senseless of [0, -1, 0.5, '3', true, Number.NaN, 2 ** 53]) {
    const odd = read(
      '{}',
      {},
      { 'asya-attempt': senseless, 'asya-deferrals': senseless, 'asya-forward': '#' },
    );
    assert.deepEqual([odd.attempt, odd.deferrals, odd.forward], [1, 0, undefined]);
  }
});

test('a call passes the layers in the order in which they are listed', () => {
  assert.equal(compose([name('a'), name('b')], (path: string) => `${path}!`)(''), 'ab!');
});

function name(letter: string): Layer<(path: string) => string> {
  return (next) => (path) => next(path + letter);
}

function read(
  body: string | Buffer,
  options: Partial<ReadHopOptions> = {},
  headers: Headers = {},
): Hop {
  const delivery = {
    body: Buffer.from(body),
    headers,
    id: 'm-1',
    queue: 'infer',
    redelivered: false,
    unsettled: 0,
    gone: false,
  };
  return readHop(delivery, { actor: 'infer', isEnd: false, maxNesting: 10, ...options });
}
