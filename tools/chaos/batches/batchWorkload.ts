import { SECOND } from '../../../src/units.ts';
import type { Random } from '../random.ts';
import type { ActorRole, LoadMessage, Workload } from '../workload.ts';
import {
  ACT_NAMES,
  ACTS,
  INNOCENT_ACTS,
  isActName,
  type Act,
  type ActName,
  type BatchPayload,
} from './acts.ts';
import { examine } from './examine.ts';

const TIMEOUT_MS = 3 * SECOND;
const MAX_RESTART_DELAY_MS = 5 * SECOND;
const ACTORS = ['framed', 'http', 'web'] as const;

/**
 * Batches in both protocols, whose items fail, hang, answer wrongly and kill their runtime:
 *
 *   framed ×2 (Unix socket) ─▶ http ×2 (Unix socket) ─▶ web (http, TCP) ─▶ happy-end
 *
 * Each actor makes one call at a time, so that a killed runtime ends one batch.
 */
export const BATCH_WORKLOAD: Workload = {
  actors: {
    framed: roleOf('framed', 'payload'),
    http: roleOf('http', 'http'),
    web: { ...roleOf('web', 'http'), isTcp: true },
  },
  replicas: { framed: 2, http: 2 },
  env: {
    ASYA_CONCURRENCY: '1',
    ASYA_RETRY_MAX_ATTEMPTS: '3',
    ASYA_RUNTIME_TIMEOUT: `${TIMEOUT_MS}ms`,
  },
  encode: (number, random) => encode(number, random, ACT_NAMES),
  isExpectedError: (code, body) => {
    const [, act = ''] = /"act":"(?<act>[a-z0-9 ]+)"/.exec(body.toString()) ?? [];
    if (!isActName(act)) return false;
    const { codes }: Act = ACTS[act];
    return codes === 'any' || codes.includes(code);
  },
  examine: (files) => examine(files, (actor) => actor === 'web'),
};

/** The same actors, with envelopes that do not fail. */
export const INNOCENT_BATCH_WORKLOAD: Workload = {
  ...BATCH_WORKLOAD,
  encode: (number, random) => encode(number, random, INNOCENT_ACTS),
};

function roleOf(actor: string, protocol: string): ActorRole {
  return {
    role: `${protocol} ${actor}`,
    protocol,
    runtime: 'tools/chaos/batches/batchRuntime.ts',
    // Most restarts are fast; some take as long as the load of a model.
    restartDelayMs: () => MAX_RESTART_DELAY_MS * Math.random() ** 3,
    env: { ASYA_BATCH_SIZE: '8', CHAOS_HANG_MS: String(TIMEOUT_MS + SECOND) },
  };
}

function encode(number: number, random: Random, acts: readonly ActName[]): LoadMessage {
  const act = selectAct(acts, random.below(1_000));
  const at = random.pick(ACTORS);
  // The children of a fan-out go to happy-end at once, so that a number belongs to one envelope.
  const actors = act === 'fan out' ? ACTORS.slice(0, ACTORS.indexOf(at) + 1) : ACTORS;
  const payload: BatchPayload = { number, act, at };
  const body = JSON.stringify({ id: `env-${number}`, route: { actors, current: 0 }, payload });
  return { queue: ACTORS[0], body: Buffer.from(body) };
}

function selectAct(acts: readonly ActName[], draw: number): ActName {
  let limit = 0;
  return acts.find((act) => draw < (limit += ACTS[act].perMille)) ?? 'echo';
}
