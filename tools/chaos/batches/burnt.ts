import type { RecordedCall } from './records.ts';

/** An attempt of an envelope that a sidecar or a runtime has seen. */
export interface SpentAttempts {
  readonly actor: string;
  readonly number: number;
  /** Counted from 1. */
  readonly attempt: number;
}

/** An attempt that was spent by the platform: see `PLATFORM_CODES`. */
export type PlatformAttempt = Omit<SpentAttempts, 'attempt'>;

/** Repeated deliveries by killed sidecars and lost connections, and queues that did not exist. */
export const PLATFORM_CODES: readonly unknown[] = ['redelivered_too_often', 'unroutable'];

export interface BurntOptions {
  /** By actor. */
  readonly calls: ReadonlyMap<string, readonly RecordedCall[]>;
  readonly spent: readonly SpentAttempts[];
  readonly byPlatform: readonly PlatformAttempt[];
  /** Whether the envelope with this number never fails. */
  readonly isInnocent: (number: number) => boolean;
}

/** An attempt that is not accounted for. */
export interface Burnt {
  readonly actor: string;
  readonly text: string;
}

/**
 * Finds the innocent envelopes that have spent an attempt because of a neighbour. An attempt is
 * accounted for by a call with this envelope alone whose runtime was killed before its reply, or by
 * the platform.
 */
export function findBurnt({ calls, spent, byPlatform, isInnocent }: BurntOptions): Burnt[] {
  const latest = new Map<string, SpentAttempts>();
  for (const one of spent) {
    const key = `${one.actor} ${one.number}`;
    if (one.attempt > (latest.get(key)?.attempt ?? 1)) latest.set(key, one);
  }
  return [...latest.values()].flatMap(({ actor, number, attempt }) => {
    if (!isInnocent(number)) return [];
    const ofEnvelope = (calls.get(actor) ?? []).filter(({ numbers }) => numbers.includes(number));
    const alone = ofEnvelope.filter(({ numbers, isCutOff }) => isCutOff && numbers.length === 1);
    const others = byPlatform.filter((one) => one.actor === actor && one.number === number);
    if (attempt - 1 <= alone.length + others.length) return [];
    const counts = `${ofEnvelope.length} calls, ${alone.length} of which were alone and cut off`;
    return [{ actor, text: `env-${number} at ${actor}: attempt ${attempt} after ${counts}` }];
  });
}
