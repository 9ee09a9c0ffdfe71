import { wrapBytes } from '../../src/hop/readHop.ts';

export type End = 'happy-end' | 'error-end';

/** A path that an envelope can take through the pipeline. */
export interface Scenario {
  readonly name: string;
  /** One line, printed with the journey. */
  readonly description: string;
  /** The end at which the envelopes must arrive. */
  readonly end: End;
  /** The share of the envelopes, in percent. */
  readonly share: number;
  /** Returns the text of the payload; `number` counts the envelopes of the demo. */
  text(number: number): string;
  /**
   * Returns the route of the envelopes.
   * @default the route of the pipeline
   */
  route?(pipeline: readonly string[]): readonly string[];
  /** Damages the encoded envelope. */
  damage?(body: Buffer): Buffer;
  /** Replaces the payload `{text}`. */
  payload?(text: string): object;
}

/** An envelope to send. */
export interface DemoEnvelope {
  readonly id: string;
  /** The first actor of the route. */
  readonly to: string;
  readonly scenario: string;
  /** The end at which it must arrive. */
  readonly end: End;
  readonly body: Buffer;
}

const SENTENCES = [
  'Every envelope has a route.',
  'The queue keeps it safe!',
  'Which actor is next?',
  'An actor does one thing.',
  'The sidecar does the rest.',
] as const;

const ONE_SENTENCE: Scenario = {
  name: 'one sentence',
  description: 'passes all three actors',
  end: 'happy-end',
  share: 50,
  text: (number) => sentence(number),
};

export const SCENARIOS: readonly Scenario[] = [
  ONE_SENTENCE,
  {
    name: 'fan-out',
    description: 'the first actor returns several sentences, and each becomes an envelope',
    end: 'happy-end',
    share: 16,
    text: (number) =>
      Array.from({ length: 2 + (number % 4) }, (_, i) => sentence(number + i)).join(' '),
  },
  {
    name: 'empty reply',
    description: 'an actor returns nothing, and the envelope goes to happy-end unchanged',
    end: 'happy-end',
    share: 10,
    text: () => 'This one is secret.',
  },
  {
    name: 'retry',
    description: 'an actor fails at its first attempt and requests another one',
    end: 'happy-end',
    share: 8,
    text: () => 'This one is flaky.',
  },
  {
    name: 'runtime error',
    description: 'an actor raises an exception',
    end: 'error-end',
    share: 8,
    text: () => 'This one is broken.',
  },
  {
    name: 'invalid JSON',
    description: 'error-end receives the bytes unchanged, with the reason',
    end: 'error-end',
    share: 4,
    text: () => 'This one is cut off.',
    damage: (body) => body.subarray(0, -9),
  },
  {
    name: 'unroutable',
    description: 'the next actor has no queue; after the last attempt the envelope fails',
    end: 'error-end',
    share: 4,
    text: () => 'This one is lonely.',
    route: ([first = '']) => [first, 'missing'],
  },
];

/** The scenarios of the demo that keeps running: most envelopes arrive at happy-end. */
export const STREAM_SCENARIOS: readonly Scenario[] = [
  ...SCENARIOS.map((scenario) => ({
    ...scenario,
    share: scenario.share * shareInStream(scenario),
  })),
  {
    name: 'slow actor',
    description: 'an actor takes more than a second',
    end: 'happy-end',
    share: 4,
    text: () => 'This one is slow.',
  },
  {
    name: 'wide fan-out',
    description: 'the first actor returns 30 sentences',
    end: 'happy-end',
    share: 2,
    text: (number) => Array.from({ length: 30 }, (_, i) => sentence(number + i)).join(' '),
  },
  {
    name: 'wrong type',
    description: 'an actor raises an exception, because the text is a number',
    end: 'error-end',
    share: 2,
    text: (number) => sentence(number),
    payload: (text) => ({ text: text.length }),
  },
];

/** The demo that counts envelopes sends more failing ones. */
function shareInStream({ end }: Scenario): number {
  return end === 'error-end' ? 0.25 : 1;
}

/** The envelope with the fault that a reader of the page can fix: its payload has no `text`. */
export function createFaultyOrder(pipeline: readonly string[]): DemoEnvelope {
  const order: Scenario = {
    name: 'faulty order',
    description: 'an actor raises an exception, because the payload has no text',
    end: 'error-end',
    share: 0,
    text: () => 'Two cups and one teapot, please. Deliver on Friday!',
    payload: (text) => ({ order: 4711, customer: 'Ada Lovelace', txt: text }),
  };
  return createEnvelope(order, 0, pipeline, FAULTY_ORDER_ID);
}

export const FAULTY_ORDER_ID = 'order-4711';

/** Creates `count` envelopes of mixed scenarios, with at least one of each if there are enough. */
export function createEnvelopes(count: number, route: readonly string[]): DemoEnvelope[] {
  const envelopes = generateEnvelopes(SCENARIOS, route);
  return Array.from({ length: count }, () => envelopes.next().value);
}

/** Creates envelopes without end: first one of each scenario, then each by its share. */
export function* generateEnvelopes(
  scenarios: readonly Scenario[],
  route: readonly string[],
): Generator<DemoEnvelope, never> {
  const used = scenarios.map(() => 0);
  const total = scenarios.reduce((sum, { share }) => sum + share, 0);
  for (let number = 1; ; number++) {
    // The scenario that is furthest behind its share is next.
    const lags = scenarios.map(({ share }, at) => (share * number) / total - (used[at] ?? 0));
    const unused = used.indexOf(0);
    const chosen = unused === -1 ? lags.indexOf(Math.max(...lags)) : unused;
    used[chosen] = (used[chosen] ?? 0) + 1;
    yield createEnvelope(scenarios[chosen] ?? ONE_SENTENCE, number, route);
  }
}

function createEnvelope(
  scenario: Scenario,
  number: number,
  pipeline: readonly string[],
  id = `text-${number}`,
): DemoEnvelope {
  const actors = scenario.route?.(pipeline) ?? pipeline;
  const text = scenario.text(number);
  const envelope = {
    id,
    route: { actors, current: 0 },
    payload: scenario.payload?.(text) ?? { text },
  };
  const encoded = Buffer.from(JSON.stringify(envelope));
  const body = scenario.damage?.(encoded) ?? encoded;
  const sentId = scenario.damage === undefined ? id : wrapBytes(body, 'unknown').id;
  return { id: sentId, to: actors[0] ?? '', scenario: scenario.name, end: scenario.end, body };
}

function sentence(number: number): string {
  return SENTENCES[number % SENTENCES.length] ?? SENTENCES[0];
}
