import { isRecord } from '../../../isRecord.ts';
import { isRetryQueue, portQueueName } from '../topology/plan.ts';
import type { DeadLetter } from '../../transport.ts';

/**
 * Reads the header `x-death`, which has one entry for each queue and reason, the newest first. The
 * oldest entry is that of the queue to which a sidecar published, since sidecars publish without
 * this header. Entries of retry queues are skipped: every message leaves those by expiry. Returns
 * undefined for a header that does not have this form.
 */
export function readDeadLetter(deaths: unknown): DeadLetter | undefined {
  if (!Array.isArray(deaths)) return undefined;
  for (const death of deaths.toReversed()) {
    const { queue, reason, time } = isRecord(death) ? death : {};
    if (typeof queue !== 'string' || typeof reason !== 'string' || isRetryQueue(queue)) continue;
    return { queue: portQueueName(queue), reason, atMs: millisecondsOf(time) };
  }
  return undefined;
}

/** amqplib decodes an AMQP timestamp as `{"!": "timestamp", value}`, in seconds. */
function millisecondsOf(time: unknown): number | undefined {
  const seconds = isRecord(time) ? time['value'] : undefined;
  return typeof seconds === 'number' && seconds >= 0 && seconds < MAX_SECONDS
    ? seconds * 1_000
    : undefined;
}

/** The end of the year 9999. */
const MAX_SECONDS = 253_402_300_800;
