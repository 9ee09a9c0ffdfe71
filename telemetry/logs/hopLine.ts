import type { Hop, Settled } from '../../src/hop/hop.ts';
import type { Log } from '../../src/log.ts';
import type { HopContext } from '../context/hopContext.ts';
import { queueWaitMs } from '../hopTimes.ts';
import { STATUS } from '../outcomes.ts';

/** Writes the one log line of a settled hop: its outcome, durations in ms, and sizes in bytes. */
export function logHop(
  log: Log & { isLevelEnabled(level: string): boolean },
  hop: Hop,
  settled: Settled,
  durationMs: number,
  current: HopContext | undefined,
): void {
  const level = levelOf(settled);
  if (!log.isLevelEnabled(level)) return;
  const { name, fault, dispatched, giveBack } = settled;
  const { call, rateLimitMs, batchWaitMs, destinations = [] } = current ?? {};
  const [destination, ...others] = destinations;
  const waitMs = queueWaitMs(hop.delivery.headers, Date.now() - durationMs);
  log[level](
    {
      outcome: name,
      attempt: hop.attempt,
      hops: hop.envelope.headers.hops,
      duration_ms: roundToHundredths(durationMs),
      ...(batchWaitMs === undefined ? {} : { batch_wait_ms: roundToHundredths(batchWaitMs) }),
      ...(rateLimitMs === undefined ? {} : { rate_limit_ms: roundToHundredths(rateLimitMs) }),
      ...(call === undefined ? {} : { runtime_ms: roundToHundredths(call.durationMs) }),
      ...(call?.batchSize === undefined ? {} : { batch: call.batchSize }),
      ...(call?.isAlone === true ? { alone: true } : {}),
      ...(call?.sizeBytes === undefined ? {} : { reply_bytes: call.sizeBytes }),
      ...(waitMs === undefined ? {} : { wait_ms: roundToHundredths(waitMs) }),
      received_bytes: hop.delivery.body.length,
      dispatched,
      // A fan-out whose children go to several actors has no single destination.
      ...(destination === undefined || others.length > 0 ? {} : { destination }),
      // The broker's count of earlier deliveries, where it counts them.
      ...(hop.delivery.redelivered ? { redelivered: Math.max(1, hop.delivery.unsettled) } : {}),
      ...(settled.reused === true ? { reused: true } : {}),
      ...(settled.probe === true ? { probe: true } : {}),
      ...(giveBack === undefined ? {} : { reason: giveBack }),
      ...(settled.alone === true ? { reason: 'alone' } : {}),
      ...(fault === undefined ? {} : { code: fault.code, err: errorOf(fault) }),
    },
    `hop: ${name}`,
  );
}

function levelOf({ name, deferral, probe, alone }: Settled): 'info' | 'warn' | 'error' {
  if (STATUS[name] === 'error') return 'error';
  if (name === 'give_back') return 'warn';
  const isDeferred = deferral === true && probe !== true && alone !== true;
  return name === 'retry' && !isDeferred ? 'warn' : 'info';
}

/** A fault in pino's format of errors. An error thrown in the sidecar has a line of its own. */
function errorOf({ code, type, message, traceback }: NonNullable<Settled['fault']>): object {
  return { type: type ?? code, message, ...(traceback === undefined ? {} : { stack: traceback }) };
}

function roundToHundredths(ms: number): number {
  return Math.round(ms * 100) / 100;
}
