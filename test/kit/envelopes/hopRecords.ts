import type { HopRecord } from '../../../src/cli/tail/hopRecord.ts';

/** A record of `GET /hops`, as the commands decode it. */
export function hopRecord(given: Partial<HopRecord> = {}): HopRecord {
  return {
    time: '2026-11-29T12:00:01.123Z',
    actor: 'infer',
    id: 'env-1',
    journey: 'env-1',
    outcome: 'forward',
    code: undefined,
    reason: undefined,
    next: 'post',
    attempt: 1,
    durationMs: 31.4,
    runtimeMs: 30,
    ...given,
  };
}
