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

/** Creates `count` envelopes of mixed scenarios, with at least one of each if there are enough. */
export function createEnvelopes(count: number, route: readonly string[]): DemoEnvelope[] {
  const used = SCENARIOS.map(() => 0);
  return Array.from({ length: count }, (_, index) => {
    // The scenario that is furthest behind its share is next.
    const lags = SCENARIOS.map(({ share }, at) => (share * (index + 1)) / 100 - (used[at] ?? 0));
    const unused = used.indexOf(0);
    const chosen = unused === -1 ? lags.indexOf(Math.max(...lags)) : unused;
    used[chosen] = (used[chosen] ?? 0) + 1;
    return createEnvelope(SCENARIOS[chosen] ?? ONE_SENTENCE, index + 1, route);
  });
}

function createEnvelope(
  scenario: Scenario,
  number: number,
  pipeline: readonly string[],
): DemoEnvelope {
  const actors = scenario.route?.(pipeline) ?? pipeline;
  const envelope = {
    id: `text-${number}`,
    route: { actors, current: 0 },
    payload: { text: scenario.text(number) },
  };
  const encoded = Buffer.from(JSON.stringify(envelope));
  const body = scenario.damage?.(encoded) ?? encoded;
  const id = scenario.damage === undefined ? envelope.id : wrapBytes(body, 'unknown').id;
  return { id, to: actors[0] ?? '', scenario: scenario.name, end: scenario.end, body };
}

function sentence(number: number): string {
  return SENTENCES[number % SENTENCES.length] ?? SENTENCES[0];
}
