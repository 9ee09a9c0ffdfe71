import { stat, truncate } from 'node:fs/promises';
import type { InspectableTransport } from '../../src/transport/inspection/inspectableTransport.ts';
import {
  LookError,
  type QueuedMessage,
  type Take,
} from '../../src/transport/inspection/queueReader.ts';
import { SECOND } from '../../src/units.ts';

/** Empties a trace file that is large. The sidecars append, and so write at its new end. */
export async function limitTraceFile(path: string, maxBytes: number): Promise<void> {
  const file = await stat(path).catch(() => undefined);
  if (file !== undefined && file.size > maxBytes) await truncate(path);
}

export interface ErrorLimit {
  /** The number of messages above which some are discarded. */
  readonly max: number;
  /** The number of messages that are discarded: the oldest. */
  readonly discarded: number;
  /** The id of an envelope that stays. */
  readonly keptId: string;
  readonly stopped: AbortSignal;
}

/** Discards the oldest messages of a queue that has many. Does nothing while the broker is away. */
export async function limitErrors(
  transport: InspectableTransport,
  queue: string,
  limit: ErrorLimit,
): Promise<void> {
  const depth = await transport.depth(queue);
  if (depth === undefined || depth <= limit.max) return;
  try {
    await discardOldest(transport, queue, limit);
  } catch (error) {
    if (!(error instanceof LookError)) throw error;
  }
}

async function discardOldest(
  transport: InspectableTransport,
  queue: string,
  { discarded, keptId, stopped }: ErrorLimit,
): Promise<void> {
  const found: QueuedMessage[] = [];
  const take: Take = await transport.take(
    queue,
    (message) => {
      if (!message.body.includes(`"${keptId}"`)) found.push(take.keep(message));
    },
    { limit: discarded, idleTimeoutMs: SECOND, stopped },
  );
  try {
    await take.read();
    for (const message of found) {
      if (await take.claim(message)) await take.settle(message, 'acknowledge');
    }
  } finally {
    await take.release();
  }
}
