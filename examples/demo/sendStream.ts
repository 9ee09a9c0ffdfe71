import { setTimeout as sleep } from 'node:timers/promises';
import { SendError } from '../../src/transport/transport.ts';
import { MIB } from '../../src/units.ts';
import { openQueues, sendEnvelope } from './broker.ts';
import type { Deployment } from './deployment.ts';
import { limitErrors, limitTraceFile } from './limits.ts';
import {
  createFaultyOrder,
  type DemoEnvelope,
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
const ERROR_LIMIT = { max: 500, discarded: 100, keptId: FAULTY_ORDER_ID };

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
  const send = (envelope: DemoEnvelope): Promise<void> =>
    sendEnvelope(transport, envelope).catch(ignoreLost);
  try {
    let count = 0;
    for (const envelope of generateEnvelopes(STREAM_SCENARIOS, deployment.route)) {
      stopped.throwIfAborted();
      await send(envelope);
      if (++count < FIRST_ENVELOPES) continue;
      if (count === FIRST_ENVELOPES) await send(createFaultyOrder(deployment.route));
      if (count % CHECK_AFTER === 0) {
        await limitTraceFile(traceFile, MAX_TRACE_FILE_BYTES);
        await limitErrors(transport, deployment.errorEnd, { ...ERROR_LIMIT, stopped });
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
