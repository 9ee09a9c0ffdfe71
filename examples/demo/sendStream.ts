import { stat, truncate } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InspectableTransport } from '../../src/transport/inspection/inspectableTransport.ts';
import { LookError, type QueuedMessage } from '../../src/transport/inspection/queueReader.ts';
import { SendError } from '../../src/transport/transport.ts';
import { MIB, SECOND } from '../../src/units.ts';
import { openQueues, sendEnvelope } from './broker.ts';
import type { Deployment } from './deployment.ts';
import {
  createFaultyOrder,
  FAULTY_ORDER_ID,
  generateEnvelopes,
  STREAM_SCENARIOS,
} from './scenarios.ts';

/** Sent without a pause, so that the page has something to show. */
const FIRST_ENVELOPES = 40;
const MIN_PAUSE_MS = 100;
const MAX_PAUSE_MS = 700;
/** The limits are checked after this number of envelopes. */
const CHECK_AFTER = 60;
const MAX_TRACE_FILE_BYTES = 64 * MIB;
const MAX_ERRORS = 500;
const DISCARDED_ERRORS = 100;

export interface StreamOptions {
  readonly deployment: Deployment;
  readonly traceFile: string;
  /** Ends the stream. */
  readonly stopped: AbortSignal;
}

/**
 * Sends a few envelopes per second until `stopped` aborts. The trace file and the queue of
 * error-end stay small, also after hours.
 * @throws the reason of `stopped`
 */
export async function sendStream({
  deployment,
  traceFile,
  stopped,
}: StreamOptions): Promise<never> {
  const transport = await openQueues(deployment);
  const send = (envelope: ReturnType<typeof createFaultyOrder>): Promise<void> =>
    sendEnvelope(transport, envelope).catch(ignoreLost);
  try {
    let count = 0;
    for (const envelope of generateEnvelopes(STREAM_SCENARIOS, deployment.route)) {
      stopped.throwIfAborted();
      await send(envelope);
      if (++count < FIRST_ENVELOPES) continue;
      if (count === FIRST_ENVELOPES) await send(createFaultyOrder(deployment.route));
      if (count % CHECK_AFTER === 0) {
        await limitTraceFile(traceFile);
        await limitErrors(transport, deployment.errorEnd, stopped);
      }
      await sleep(pauseMs(), undefined, { signal: stopped });
    }
    throw new Error('the stream has no end');
  } finally {
    await transport.close();
  }
}

function pauseMs(): number {
  return MIN_PAUSE_MS + (MAX_PAUSE_MS - MIN_PAUSE_MS) * Math.random();
}

/** The demo continues when the broker is back. */
function ignoreLost(error: unknown): void {
  if (!(error instanceof SendError)) throw error;
}

/** Empties the file when it is large. The sidecars append, and so write at its new end. */
async function limitTraceFile(path: string): Promise<void> {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (size > MAX_TRACE_FILE_BYTES) await truncate(path);
}

/** Discards the oldest errors when there are many, but not the order that a reader shall fix. */
async function limitErrors(
  transport: InspectableTransport,
  errorEnd: string,
  stopped: AbortSignal,
): Promise<void> {
  const depth = await transport.depth(errorEnd);
  if (depth === undefined || depth <= MAX_ERRORS) return;
  const found: QueuedMessage[] = [];
  const options = { limit: DISCARDED_ERRORS, idleTimeoutMs: SECOND, stopped };
  try {
    const take = await transport.take(
      errorEnd,
      (message) => {
        if (!message.body.includes(`"${FAULTY_ORDER_ID}`)) found.push(take.keep(message));
      },
      options,
    );
    await take.read();
    for (const message of found) {
      if (await take.claim(message)) await take.settle(message, 'acknowledge');
    }
    await take.release();
  } catch (error) {
    if (!(error instanceof LookError)) throw error;
  }
}
