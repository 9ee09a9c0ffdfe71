import { SECOND } from '../../../src/units.ts';
import type { Random } from '../random.ts';
import type { ActorRole, LoadMessage, Workload } from '../workload.ts';
import { ACT_NAMES, ACTS, isActName, type Act, type ActName, type BatchPayload } from './acts.ts';
import { examine } from './examine.ts';

const TIMEOUT_MS = 3 * SECOND;
const MAX_RESTART_DELAY_MS = 5 * SECOND;
const FRAMED = 'framed';
const HTTP = 'http';

/**
 * Batches in both protocols, whose items fail, hang, answer wrongly and kill their runtime:
 *
 *   framed ×2 ─▶ http ×2 ─▶ happy-end
 *
 * Each actor makes one call at a time, so that a killed runtime ends one batch.
 */
export const BATCH_WORKLOAD: Workload = {
  actors: { [FRAMED]: roleOf(FRAMED, 'payload', 8), [HTTP]: roleOf(HTTP, 'http', 8) },
  replicas: { [FRAMED]: 2, [HTTP]: 2 },
  env: {
    ASYA_CONCURRENCY: '1',
    ASYA_RETRY_MAX_ATTEMPTS: '3',
    ASYA_RUNTIME_TIMEOUT: `${TIMEOUT_MS}ms`,
  },
  encode,
  isExpectedError: (code, body) => {
    const [, act = ''] = /"act":"(?<act>[a-z0-9 ]+)"/.exec(body.toString()) ?? [];
    if (!isActName(act)) return false;
    const { codes }: Act = ACTS[act];
    return codes === 'any' || codes.includes(code);
  },
  examine,
};

function roleOf(actor: string, protocol: string, size: number): ActorRole {
  return {
    role: `${protocol} ${actor}`,
    protocol,
    runtime: 'tools/chaos/batches/batchRuntime.ts',
    // Most restarts are fast; some take as long as the load of a model.
    restartDelayMs: () => MAX_RESTART_DELAY_MS * Math.random() ** 3,
    env: { ASYA_BATCH_SIZE: String(size), CHAOS_HANG_MS: String(TIMEOUT_MS + SECOND) },
  };
}

function encode(number: number, random: Random): LoadMessage {
  const act = selectAct(random.below(1_000));
  const at = random.pick([FRAMED, HTTP]);
  // The children of a fan-out go to happy-end at once, so that a number belongs to one envelope.
  const actors = act === 'fan out' && at === FRAMED ? [FRAMED] : [FRAMED, HTTP];
  const payload: BatchPayload = { number, act, at };
  const body = JSON.stringify({ id: `env-${number}`, route: { actors, current: 0 }, payload });
  return { queue: FRAMED, body: Buffer.from(body) };
}

function selectAct(draw: number): ActName {
  let limit = 0;
  return ACT_NAMES.find((act) => draw < (limit += ACTS[act].perMille)) ?? 'echo';
}
