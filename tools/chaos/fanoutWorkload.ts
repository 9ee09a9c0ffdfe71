import type { ActorRole, Workload } from './workload.ts';

const ACTORS = ['prep', 'split', 'infer'] as const;

/**
 * Single calls with a fan-out between two actors:
 *
 *   prep (frames) ─▶ split (frames, fans out) ─▶ infer (http) ─▶ happy-end ─▶ happy-end.jsonl
 *                                                             └─▶ error-end ─▶ error-end.jsonl
 *
 * @param maxCallMs the upper bound of a runtime's call time
 */
export function createFanoutWorkload(
  maxCallMs: number,
  { replicas = {}, batchSize = 1 }: FanoutOptions = {},
): Workload {
  const env = batchSize === 1 ? {} : { ASYA_BATCH_SIZE: String(batchSize) };
  const roleOf = (role: string, protocol: string): ActorRole => ({
    role,
    protocol,
    runtime: 'test/fixtures/chaosRuntime.ts',
    env,
  });
  return {
    actors: {
      prep: roleOf('pass', 'payload'),
      split: roleOf('split', 'payload'),
      infer: roleOf('http', 'http'),
    },
    replicas,
    encode: (number, random) => ({
      queue: 'prep',
      body: encodeBody(number, random.below(100), random.below(4), maxCallMs),
    }),
    isExpectedError,
  };
}

export interface FanoutOptions {
  readonly replicas?: Readonly<Record<string, number>>;
  /** @default 1: calls are no batches */
  readonly batchSize?: number;
}

/**
 * Encodes one of a hundred kinds of messages: one is not JSON, two fail at the first actor, two at
 * the last actor, four get an empty reply, and the others succeed.
 */
function encodeBody(number: number, kind: number, extra: number, maxCallMs: number): Buffer {
  if (kind === 0) return Buffer.from(`not an envelope ${number}`);
  const route = { actors: kind < 4 ? ['prep'] : ['prep', 'split', 'infer'], current: 0 };
  const payload = {
    number,
    width: 1 + extra,
    takesMs: number % maxCallMs,
    ...(kind === 4 || kind === 5 ? { failAt: 'pass' } : {}),
    ...(kind === 6 || kind === 7 ? { failAt: 'http' } : {}),
    ...(kind >= 8 && kind < 12 ? { emptyAt: 'split' } : {}),
    pad: 'x'.repeat(extra * 200),
  };
  return Buffer.from(JSON.stringify({ id: `env-${number}`, route, payload }));
}

/** Whether `encodeBody` has requested the error of an error envelope. */
function isExpectedError(code: string, body: Buffer): boolean {
  if (code === 'parse_error') return true;
  return code === 'runtime_error' && body.toString().includes('"failAt":');
}

/**
 * Encodes an envelope with a call time at an actor and all later ones. Their runtimes write its
 * name to a file when they begin.
 */
export function encodeSlowBody(name: string, firstActor: string, callMs: number): Buffer {
  const actors = ACTORS.slice(ACTORS.findIndex((actor) => actor === firstActor));
  const payload = { name, width: 2, takesMs: callMs };
  return Buffer.from(JSON.stringify({ id: name, route: { actors, current: 0 }, payload }));
}
