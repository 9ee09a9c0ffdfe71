/** What an item makes the runtime do, and the ends that its envelope may reach. */
export interface Act {
  /** How often the act occurs among a thousand envelopes. */
  readonly perMille: number;
  /** The envelope never fails: it must reach happy-end without a second attempt. */
  readonly isInnocent: boolean;
  /** The fault codes with which the envelope may reach error-end. */
  readonly codes: 'any' | readonly string[];
  readonly mayReachHappyEnd: boolean;
}

const INNOCENT = { isInnocent: true, codes: [], mayReachHappyEnd: true };
const GUILTY = { isInnocent: false, codes: [], mayReachHappyEnd: false };
/** The reply to the whole call is wrong. A batch of one decides at once. */
const WHOLE_CALL: Act = { perMille: 4, isInnocent: false, codes: 'any', mayReachHappyEnd: true };

/** The acts by name. All other envelopes are echoed. */
export const ACTS = {
  echo: { ...INNOCENT, perMille: 0 },
  'fan out': { ...INNOCENT, perMille: 40 },
  empty: { ...INNOCENT, perMille: 40 },
  slow: { ...INNOCENT, perMille: 20 },
  'defer once': { ...INNOCENT, perMille: 20 },
  fail: { ...GUILTY, perMille: 30, codes: ['runtime_error'] },
  'fail once': { ...GUILTY, perMille: 20, mayReachHappyEnd: true },
  kill: { ...GUILTY, perMille: 6, codes: ['runtime_crashed'] },
  hang: { ...GUILTY, perMille: 2, codes: ['runtime_timeout'] },
  'shorter reply': WHOLE_CALL,
  'longer reply': WHOLE_CALL,
  object: WHOLE_CALL,
  null: WHOLE_CALL,
  garbage: WHOLE_CALL,
  'cut reply': WHOLE_CALL,
  'defer all once': WHOLE_CALL,
  'status 204': WHOLE_CALL,
  'status 500': WHOLE_CALL,
  'status 502': WHOLE_CALL,
  'status 503 once': WHOLE_CALL,
  gzip: WHOLE_CALL,
  'event stream': WHOLE_CALL,
} satisfies Readonly<Record<string, Act>>;

export type ActName = keyof typeof ACTS;

export const ACT_NAMES = Object.keys(ACTS) as readonly ActName[];

export const INNOCENT_ACTS = ACT_NAMES.filter((act) => ACTS[act].isInnocent);

export function isActName(name: string): name is ActName {
  return Object.hasOwn(ACTS, name);
}

/** The payload of an envelope. */
export interface BatchPayload {
  readonly number: number;
  readonly act: ActName;
  /** The actor at whose runtime the act happens. */
  readonly at: string;
  /** The index of a child of a fan-out. */
  readonly child?: number;
}
