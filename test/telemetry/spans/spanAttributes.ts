import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SpanKind, type Attributes } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { openJourneys, type JourneysOptions } from '../../kit/envelopes/journeys.ts';

/** The attributes that differ between transports: destinations of publishes and deliveries. */
export interface Destinations {
  readonly published: (actor: string) => Attributes;
  readonly delivered: (actor: string) => Attributes;
}

/** All attributes of all spans: the same on every transport, except for destinations. */
export function spanAttributes(
  on: Omit<JourneysOptions, 'actors' | 'telemetry'>,
  destinations: Destinations,
): void {
  const { publish, process, call } = spansOn(on.system, destinations);

  describe(`the spans on ${on.system}`, () => {
    test('have exactly the attributes of the conventions and of Asya', async (t) => {
      const journeys = await openJourneys(t, { ...on, actors: { split: () => '[1,22]', post } });
      await journeys.send(['split', 'post']);
      const spans = await journeys.finished(2);
      assert.deepEqual(attributesOf(spans, journeys.plain), [
        call('post', FIRST, { 'asya.runtime.request.size': 1, 'asya.runtime.reply.size': 4 }),
        call('post', SECOND, { 'asya.runtime.request.size': 2, ...FAILED }),
        call('split', FIRST, { 'asya.runtime.request.size': 1, 'asya.runtime.reply.size': 6 }),
        process('error-end', SECOND, {
          ...AT_AN_END,
          'asya.end': 'error-end',
          'asya.route.current': 1,
        }),
        process('happy-end', FIRST, {
          ...AT_AN_END,
          'asya.end': 'happy-end',
          'asya.route.current': 2,
        }),
        process('post', FIRST, {
          'asya.outcome': 'forward',
          'asya.route.current': 1,
          'asya.journey.age': 'number',
        }),
        process('post', SECOND, {
          'asya.journey.age': 'number',
          'asya.outcome': 'error_end',
          'asya.route.current': 1,
          ...FAILED,
        }),
        process('split', FIRST, {
          'asya.outcome': 'fanout',
          'asya.fanout.size': 2,
          'asya.route.current': 0,
        }),
        publish('error-end', SECOND, { 'asya.actor': 'post', 'asya.dispatch.kind': 'error_end' }),
        publish('happy-end', FIRST, { 'asya.actor': 'post', 'asya.dispatch.kind': 'happy_end' }),
        publish('post', FIRST, { 'asya.actor': 'split', 'asya.dispatch.kind': 'fanout' }),
        publish('post', SECOND, { 'asya.actor': 'split', 'asya.dispatch.kind': 'fanout' }),
        publish('split', FIRST, { 'asya.actor': 'producer', 'asya.dispatch.kind': 'next' }),
      ]);
    });

    test('have the same attributes if the hop is in another trace than its delivery', async (t) => {
      const journeys = await openJourneys(t, { ...on, actors: { post } });
      const traceparent = '00-11111111111111111111111111111111-2222222222222222-01';
      await journeys.send(['post'], { headers: {}, envelope: { headers: { traceparent } } });
      const first = (await journeys.finished(1)).filter(
        ({ name }) => journeys.plain(name) === 'process post',
      );
      const expected = {
        'asya.outcome': 'forward',
        'asya.route.current': 0,
        'asya.route.length': 1,
      };
      assert.deepEqual(attributesOf(first, journeys.plain), [process('post', FIRST, expected)]);
    });
  });
}

const post = (payload: string): string =>
  payload === '22'
    ? JSON.stringify({ error: 'failed', message: 'no image', type: 'ValueError' })
    : '"ok"';

const FIRST = { 'asya.journey.id': 'env-1', 'asya.envelope.id': 'env-1' };
const SECOND = {
  'asya.journey.id': 'env-1',
  'asya.envelope.id': 'env-1.0.1',
  'asya.envelope.parent_id': 'env-1',
};
const FAILED = { 'error.type': 'runtime_error' };
const AT_AN_END = {
  'asya.outcome': 'end',
  'asya.journey.age': 'number',
  'asya.journey.duration': 'number',
  'asya.journey.hops': 2,
};

type Described = readonly [span: string, Attributes];

function spansOn(system: string, { published, delivered }: Destinations) {
  return {
    publish: (to: string, envelope: Attributes, more: Attributes): Described => [
      `publish ${to}`,
      {
        'messaging.system': system,
        'messaging.operation.name': 'publish',
        'messaging.operation.type': 'send',
        ...published(to),
        ...envelope,
        ...more,
      },
    ],
    process: (actor: string, envelope: Attributes, more: Attributes): Described => [
      `process ${actor}`,
      {
        'messaging.system': system,
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.message.id': 'string',
        ...delivered(actor),
        ...envelope,
        'asya.actor': actor,
        'asya.attempt': 1,
        'asya.route.length': 2,
        ...more,
      },
    ],
    call: (actor: string, envelope: Attributes, more: Attributes): Described => [
      `call ${actor}`,
      {
        'network.transport': 'unix',
        'server.address': '/var/run/asya/asya-runtime.sock',
        ...envelope,
        'asya.actor': actor,
        'asya.attempt': 1,
        'asya.runtime.protocol': 'payload',
        ...more,
      },
    ],
  };
}

/** Attributes of which only the type is compared. */
const VARYING = new Set([
  'asya.journey.age',
  'asya.journey.duration',
  'messaging.message.id',
  'messaging.rabbitmq.message.delivery_tag',
]);

/** The names of 2021, which the instrumentation sets on publishes in addition. */
const OUTDATED = new Set([
  'messaging.destination',
  'messaging.destination_kind',
  'messaging.message_id',
  'messaging.operation',
  'messaging.protocol',
  'messaging.protocol_version',
  'messaging.rabbitmq.routing_key',
]);

/** Sorts by name and envelope. */
function attributesOf(
  spans: readonly ReadableSpan[],
  plain: (text: string) => string,
): Described[] {
  return spans
    .map((span): [string, string] => [span.name, JSON.stringify(normalised(span))])
    .map(([name, attributes]): Described => [
      plain(name),
      JSON.parse(plain(attributes)) as Attributes,
    ])
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function normalised({ kind, attributes }: ReadableSpan): Attributes {
  const current = Object.entries(attributes).filter(
    ([name]) => kind !== SpanKind.PRODUCER || !OUTDATED.has(name),
  );
  return Object.fromEntries(
    current.map(([name, value]) => [name, VARYING.has(name) ? typeof value : value]),
  );
}

function keyOf([name, attributes]: Described): string {
  return `${name} ${String(attributes['asya.envelope.id'])}`;
}
