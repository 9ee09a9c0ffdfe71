import type { SendOptions } from '../../../../tools/live/load.ts';
import type { Behaviour } from '../../../../tools/live/runtimes.ts';
import type { JourneyKind } from './trees.ts';

/** Journeys of one kind. */
interface SentKind {
  readonly count: number;
  readonly behaviour: Behaviour;
  readonly options?: Partial<SendOptions>;
  /** @default 1 */
  readonly ends?: number;
}

const TO_BOTH = { route: ['prep', 'infer'] };
const FAN_OUT = { route: ['infer', 'prep'] };
const WIDTH = 12;

/** Journeys that need nothing but an envelope. */
export const KINDS: Partial<Readonly<Record<JourneyKind, SentKind>>> = {
  forward: { count: 40, behaviour: 'work', options: TO_BOTH },
  'fan-out': { count: 12, behaviour: 'fan out', options: FAN_OUT, ends: 4 },
  'wide fan-out': {
    count: 5,
    behaviour: 'fan out',
    options: { ...FAN_OUT, width: WIDTH },
    ends: WIDTH,
  },
  'reply null': { count: 10, behaviour: 'return nothing' },
  deferral: { count: 10, behaviour: 'request a delay' },
  'retry, then success': { count: 12, behaviour: 'fail once' },
  'retries spent': { count: 10, behaviour: 'fail always' },
  parked: { count: 5, behaviour: 'reject', options: { park: true } },
  rejection: { count: 10, behaviour: 'reject' },
  'time-out': { count: 4, behaviour: 'hang' },
  'invalid reply': { count: 5, behaviour: 'reply invalidly' },
  'large reply': { count: 5, behaviour: 'reply too much' },
  'fan-out over the limit': { count: 4, behaviour: 'fan out too wide' },
  unroutable: { count: 4, behaviour: 'work', options: { route: ['infer', 'nowhere'] } },
  'deadline exceeded': {
    count: 5,
    behaviour: 'work',
    options: { headers: { 'x-asya-deadline': '2020-01-01T00:00:00Z' } },
  },
};

/** Bodies of messages that are not envelopes of this actor. */
export const BODIES: Partial<Readonly<Record<JourneyKind, (id: string) => string>>> = {
  'unreadable message': (id) => `no JSON: ${id}`,
  'message without a route': (id) => `{"no": "route of ${id}"}`,
  'message for another actor': (id) =>
    `{"id": "${id}", "route": {"actors": ["prep"], "current": 0}, "payload": 1}`,
};
