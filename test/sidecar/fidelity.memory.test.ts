import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { payloadOf, readEnvelope, type Envelope } from '../../src/envelope/envelope.ts';
import type { RawObject } from '../../src/envelope/json/json.ts';
import { openMemory } from '../../src/transport/memory/memory.ts';
import { createMemoryBroker } from '../../src/transport/memory/broker.ts';
import type { Delivery } from '../../src/transport/transport.ts';
import { jsonText, objectText, padded } from '../kit/envelopes/jsonText.ts';
import { openRig, type Rig } from '../kit/rigs/rig.ts';
import type { Script } from '../kit/runtimes/scriptedRuntime.ts';
import { until } from '../kit/processes/until.ts';

const OPTIONS = { maxNesting: 10_000, atEnd: true };

/**
 * Returns the received payload as the only element of an array, so that it is always one payload.
 */
const ECHOES = {
  payload: (payload) => `[${payload}]`,
  http: (payload) => `[${payload}]`,
  envelope: (text) => {
    const envelope = readEnvelope(Buffer.from(text), OPTIONS);
    const route = JSON.stringify({ actors: envelope.actors, current: envelope.current + 1 });
    return `[{"payload": ${payloadOf(envelope).toString()}, "route": ${route}}]`;
  },
} as const satisfies Record<string, Script>;

const PROTOCOLS = ['payload', 'envelope', 'http'] as const;

describe('a hop of each protocol', { timeout: 240_000 }, () => {
  for (const protocol of PROTOCOLS) {
    test(`${protocol}: payload, unknown fields and headers survive byte for byte`, async (t) => {
      const rig = await setup(t, protocol);
      await fc.assert(
        fc.asyncProperty(envelopes(rig), async (text) => {
          const sent = readEnvelope(Buffer.from(text), OPTIONS);
          const arrived = readEnvelope((await pass(rig, sent.bytes)).body, OPTIONS);
          assert.deepEqual(payloadOf(arrived).toString(), payloadOf(sent).toString());
          assertKept(sent.layout.root, arrived.layout.root, ['payload', 'route', 'headers']);
          if (sent.layout.headers !== undefined)
            assertKept(sent.layout.headers, headersOf(arrived), []);
        }),
        { numRuns: 100, interruptAfterTimeLimit: 20_000, endOnFailure: true },
      );
    });

    test(`${protocol}: a message that is corrupt on arrival is never forwarded unchanged`, async (t) => {
      const rig = await setup(t, protocol);
      await fc.assert(
        fc.asyncProperty(envelopes(rig).chain(corrupt), async (bytes) => {
          assertValid(await pass(rig, bytes));
        }),
        { numRuns: 100, interruptAfterTimeLimit: 20_000, endOnFailure: true },
      );
    });

    test(`${protocol}: a corrupt reply is never forwarded unchanged`, async (t) => {
      const rig = await setup(t, protocol);
      await fc.assert(
        fc.asyncProperty(jsonText().chain(corrupt), async (reply) => {
          rig.runtime.script = () => reply;
          assertValid(await pass(rig, rig.envelope('x')));
        }),
        { numRuns: 100, interruptAfterTimeLimit: 20_000, endOnFailure: true },
      );
    });
  }
});

async function setup(t: TestContext, protocol: (typeof PROTOCOLS)[number]): Promise<Rig> {
  const broker = createMemoryBroker();
  const rig = await openRig({
    open: (topology, onState) => openMemory({ broker, topology, onState }),
    script: ECHOES[protocol],
    protocol,
  });
  t.after(() => rig.close());
  return rig;
}

/** Envelopes for the sidecar in unusual spellings of JSON. */
function envelopes({ names }: Rig): fc.Arbitrary<string> {
  const route = JSON.stringify({ actors: [names.actor, names.next], current: 0 });
  const headers = objectText({ priority: jsonText(2), count: fc.bigInt().map(String) });
  return padded(
    objectText({
      id: fc.constantFrom('"env-1"', '"\\u00e9-\\ud83d\\ude00"', '"\u{1f600}"'),
      route: padded(fc.constant(route)),
      headers,
      payload: jsonText(),
    }),
  ).filter(isEnvelope);
}

/** Replaces, removes or inserts bytes. Some results are still valid. */
function corrupt(text: string): fc.Arbitrary<Buffer> {
  const bytes = Buffer.from(text);
  return fc
    .tuple(fc.nat(bytes.length), fc.nat(3), fc.uint8Array({ maxLength: 4 }))
    .map(([at, removed, added]) =>
      Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]),
    );
}

function isEnvelope(text: string): boolean {
  try {
    readEnvelope(Buffer.from(text), { maxNesting: 10_000 });
    return true;
  } catch {
    return false; // unknown fields may have taken a name that is known
  }
}

/** Sends a message and resolves to the one that arrives at an end or at the next actor. */
async function pass(rig: Rig, message: Parameters<Rig['send']>[0]): Promise<Delivery> {
  const ends = [rig.next, rig.happyEnd, rig.errorEnd];
  const before = ends.map(({ arrived }) => arrived.length);
  await rig.send(message);
  const newest = (): Delivery | undefined =>
    ends.flatMap(({ arrived }, index) => arrived.slice(before[index])).at(0);
  await until(() => newest() !== undefined, 'an envelope');
  return newest() ?? assert.fail();
}

function assertValid(delivery: Delivery): void {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(delivery.body);
  assert.doesNotThrow(() => JSON.parse(text));
}

/** Asserts that all other members are unchanged, byte for byte. */
function assertKept(before: RawObject, after: RawObject, but: readonly string[]): void {
  for (const [key, span] of before.members) {
    if (but.includes(key) || key.startsWith('x-asya-')) continue;
    const now = after.members.get(key);
    assert.ok(now !== undefined, `${key} is still there`);
    assert.equal(
      after.bytes.toString('utf8', now.start, now.end),
      before.bytes.toString('utf8', span.start, span.end),
    );
  }
}

function headersOf({ layout }: Envelope): RawObject {
  assert.ok(layout.headers !== undefined, 'each dispatched envelope has headers');
  return layout.headers;
}
