import { isRetryQueue, portQueueName } from '../topology/plan.ts';
import type { DeadLetter } from '../../transport.ts';

/**
 * Reads the header `x-death`: one entry for each queue and reason, the newest first. The oldest is
 * of the queue that the message was published to, since a publish of a sidecar carries no such
 * header; a retry queue, from which every message goes on, does not count.
 */
export function readDeadLetter(deaths: unknown): DeadLetter | undefined {
  if (!Array.isArray(deaths)) return undefined;
  for (const death of deaths.toReversed()) {
    const { queue, reason, time } = isRecord(death) ? death : {};
    if (typeof queue !== 'string' || typeof reason !== 'string' || isRetryQueue(queue)) continue;
    return { queue: portQueueName(queue), reason, atMs: msOf(time) };
  }
  return undefined;
}

/** amqplib decodes a timestamp, which is in seconds, as `{"!": "timestamp", value}`. */
function msOf(time: unknown): number | undefined {
  const seconds = isRecord(time) ? time['value'] : undefined;
  return typeof seconds === 'number' && seconds >= 0 && seconds < MAX_SECONDS
    ? seconds * 1_000
    : undefined;
}

/** The end of the year 9999. */
const MAX_SECONDS = 253_402_300_800;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
