import type { Hop, Settled } from '../../src/hop/hop.ts';
import type { HopContext } from '../context/hopContext.ts';
import { isFailure, outcomeReason } from '../outcomes.ts';

/**
 * The record of a settled hop, as one line of JSON:
 *
 *   {"time":"2026-11-29T12:00:01.123Z","actor":"infer","id":"env-1.1.2","journey":"env-1",
 *    "outcome":"forward","next":"post","attempt":1,"duration_ms":165.2,"runtime_ms":154.1}
 *
 * `time` is the end of the hop, `code` the fault code of a failed attempt, `reason` that of a
 * give-back or `probe`, and `runtime_ms` the duration of the call to the runtime, 0 without a call.
 * `batch` is the number of envelopes in the call, if several, and `alone` is true if the envelope
 * was called alone after the call of its batch had failed.
 * The record has no payload and no error text.
 */
export function encodeHopRecord(
  { envelope, attempt }: Hop,
  settled: Settled,
  durationMs: number,
  { actor, current }: { readonly actor: string; readonly current: HopContext | undefined },
): string {
  const { name, fault } = settled;
  const next = current === undefined ? undefined : nextOf([...current.destinations]);
  const record = {
    time: new Date().toISOString(),
    actor,
    id: envelope.id,
    journey: envelope.headers.journeyId,
    outcome: name,
    code: isFailure(settled) ? fault?.code : undefined,
    reason: outcomeReason(settled),
    next,
    attempt,
    duration_ms: roundToHundredths(durationMs),
    runtime_ms: roundToHundredths(current?.call?.durationMs ?? 0),
    batch: current?.call?.batchSize,
    alone: current?.call?.isAlone === true ? true : undefined,
  };
  return `${JSON.stringify(record)}\n`;
}

const MAX_NAMES = 5;

/**
 * The queues of the confirmed publishes: one name, or up to five names separated by commas, which
 * actor names cannot contain. An ellipsis stands for the others. Undefined without a publish.
 */
function nextOf(queues: readonly string[]): string | undefined {
  if (queues.length === 0) return undefined;
  const names = queues.slice(0, MAX_NAMES);
  return [...names, ...(queues.length > MAX_NAMES ? ['…'] : [])].join(',');
}

function roundToHundredths(ms: number): number {
  return Math.round(ms * 100) / 100;
}
