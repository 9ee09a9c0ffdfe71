import { wrapBytes } from '../../src/hop/readHop.ts';
import type { End } from './tally.ts';

/** What an envelope of the demo is made for. */
export interface Scenario {
  readonly name: string;
  /** What is to be seen of it, in one sentence. */
  readonly about: string;
  readonly end: End;
  /** How many of a hundred envelopes are of this kind. */
  readonly share: number;
  /** The text of the payload; `nth` counts the envelopes of the demo. */
  text(nth: number): string;
  /** The actors that it visits, given those of the pipeline; by default these. */
  route?(pipeline: readonly string[]): readonly string[];
  /** How the printed envelope is spoilt. */
  spoil?(body: Buffer): Buffer;
}

/** An envelope to send. */
export interface DemoEnvelope {
  readonly id: string;
  /** The first actor of its route. */
  readonly to: string;
  readonly kind: string;
  readonly end: End;
  readonly body: Buffer;
}

const SENTENCES = [
  'Every envelope has a route.',
  'The queue keeps it safe!',
  'Who takes it next?',
  'An actor does one thing.',
  'The sidecar does the rest.',
] as const;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'one sentence',
    about: 'passes all three actors',
    end: 'happy-end',
    share: 50,
    text: (nth) => sentence(nth),
  },
  {
    name: 'fan-out',
    about: 'several sentences: the first actor makes an envelope of each',
    end: 'happy-end',
    share: 16,
    text: (nth) => Array.from({ length: 2 + (nth % 4) }, (_, i) => sentence(nth + i)).join(' '),
  },
  {
    name: 'empty reply',
    about: 'an actor has nothing to say: the envelope goes to happy-end as it was',
    end: 'happy-end',
    share: 10,
    text: () => 'This one is secret.',
  },
  {
    name: 'retry',
    about: 'an actor fails once and asks for another attempt',
    end: 'happy-end',
    share: 8,
    text: () => 'This one is flaky.',
  },
  {
    name: 'runtime error',
    about: 'an actor raises an exception',
    end: 'error-end',
    share: 8,
    text: () => 'This one is broken.',
  },
  {
    name: 'no envelope',
    about: 'bytes that are no JSON are kept whole, for error-end',
    end: 'error-end',
    share: 4,
    text: () => 'This one is cut off.',
    spoil: (body) => body.subarray(0, -9),
  },
  {
    name: 'unroutable',
    about: 'the next actor does not exist (yet): tried again, then given up',
    end: 'error-end',
    share: 4,
    text: () => 'This one is lonely.',
    route: ([first = '']) => [first, `${first}-nobody`],
  },
];

/** So many envelopes, the kinds well mixed, each at least once when there are enough. */
export function createEnvelopes(count: number, route: readonly string[]): DemoEnvelope[] {
  const used = SCENARIOS.map(() => 0);
  return Array.from({ length: count }, (_, index) => {
    // Whoever is most behind its share.
    const lag = SCENARIOS.map(({ share }, kind) => (share * (index + 1)) / 100 - (used[kind] ?? 0));
    const unused = used.indexOf(0);
    const chosen = unused === -1 ? lag.indexOf(Math.max(...lag)) : unused;
    used[chosen] = (used[chosen] ?? 0) + 1;
    return createParcel(SCENARIOS[chosen] ?? FIRST_KIND, index + 1, route);
  });
}

const [FIRST_KIND] = SCENARIOS as readonly [Scenario, ...Scenario[]];

function createParcel(kind: Scenario, nth: number, route: readonly string[]): DemoEnvelope {
  const actors = kind.route?.(route) ?? route;
  const envelope = {
    id: `text-${nth}`,
    route: { actors, current: 0 },
    payload: { text: kind.text(nth) },
  };
  const printed = Buffer.from(JSON.stringify(envelope));
  const body = kind.spoil?.(printed) ?? printed;
  const id = kind.spoil === undefined ? envelope.id : wrapBytes(body, 'nobody').id;
  return { id, to: actors[0] ?? '', kind: kind.name, end: kind.end, body };
}

function sentence(nth: number): string {
  return SENTENCES[nth % SENTENCES.length] ?? SENTENCES[0];
}
