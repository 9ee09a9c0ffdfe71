import { isUtf8 } from 'node:buffer';
import type { QueuedMessage } from '../../../transport/inspection/queueReader.ts';
import { type QueueLook, readQueue } from '../../queue/readQueue.ts';
import { readFailedMessage, readTrace, type FailedMessage } from '../../failures/failedMessage.ts';
import { readProducerProperties } from '../../failures/producerProperties.ts';
import { restoreOriginal } from '../../replay/restore.ts';
import { RequestError } from '../server/routes/requestError.ts';
import type { ErrorMessage } from './contract.ts';
import { describeRow } from './describeRows.ts';
import { answerFailure, type ErrorSource } from './errorSource.ts';
import type { Gone, IndexedError } from './index/errorIndex.ts';
import { hasReadAll } from './hasReadAll.ts';
import type { StoredLook } from './looks.ts';

/**
 * Reads one message of an index again, by a look that ends at it.
 * @throws {RequestError} 410 when the message is not in the queue any more
 */
export async function readMessage(
  { queue, index }: StoredLook,
  error: IndexedError,
  source: ErrorSource,
  closed: AbortSignal,
): Promise<ErrorMessage> {
  if (error.gone !== undefined) throw gone(queue.name, error.gone);
  const limit = index.reachOf(error.row);
  const near = await find(error, { queue: queue.name, limit }, source, closed);
  if (near.message !== undefined) return near.message;
  const everywhere = { queue: queue.name, limit: Number.POSITIVE_INFINITY };
  const { message, look } = await find(error, everywhere, source, closed);
  if (message !== undefined) return message;
  if (!hasReadAll(look)) throw new RequestError(503, describeUnread(queue.name, look));
  error.gone = 'missing';
  throw gone(queue.name, error.gone);
}

interface Found {
  readonly message: ErrorMessage | undefined;
  readonly look: QueueLook;
}

async function find(
  error: IndexedError,
  { queue, limit }: { readonly queue: string; readonly limit: number },
  source: ErrorSource,
  closed: AbortSignal,
): Promise<Found> {
  const found = new AbortController();
  let message: ErrorMessage | undefined;
  const read = (): Promise<QueueLook> =>
    readQueue(
      queue,
      (queued) => {
        if (message !== undefined || !isSame(error, queued, source)) return;
        message = describeMessage(error, queued, source);
        found.abort();
      },
      { config: source.config, context: source.contextOf(closed), enough: found.signal, limit },
    );
  const look = await answerFailure(source.turns.look(queue, closed, read));
  return { message, look };
}

function isSame(error: IndexedError, queued: QueuedMessage, { identify }: ErrorSource): boolean {
  return queued.body.length === error.sizeBytes && identify(queued) === error.identity;
}

const REASONS: Readonly<Record<Gone, string>> = {
  replayed: 'it was replayed',
  discarded: 'it was discarded',
  missing: 'another process has removed it',
};

function describeUnread(queue: string, { consumers = 0 }: QueueLook): string {
  return consumers > 0
    ? `a consumer of "${queue}" may hold it`
    : `not all messages of "${queue}" were read; try again`;
}

function gone(queue: string, reason: Gone): RequestError {
  return new RequestError(410, `the message is not in "${queue}" any more: ${REASONS[reason]}`);
}

function describeMessage(
  error: IndexedError,
  queued: QueuedMessage,
  { config }: ErrorSource,
): ErrorMessage {
  const message = readFailedMessage(queued, config);
  const { type, text, route, headers, parked } = message;
  const { original } = restoreOriginal(queued, config);
  const { traceback } = readTrace(message);
  const properties = readProducerProperties(message.produced);
  return {
    ...describeRow(error),
    text,
    ...(type === undefined ? {} : { type }),
    ...(traceback === undefined ? {} : { traceback }),
    ...(route && { route: { actors: route.actors, current: route.current } }),
    ...(headers && { headers: headers.toString() }),
    ...describeOriginal(message),
    ...(properties && { properties: { ...properties } }),
    ...(parked && { parked }),
    ...('to' in original ? { to: original.to } : { lost: original.lost }),
  };
}

function describeOriginal({
  original,
}: FailedMessage): Pick<ErrorMessage, 'payload' | 'body' | 'bodyBase64'> {
  if ('missing' in original) return {};
  if ('payload' in original) return { payload: original.payload.toString() };
  const { body } = original;
  return isUtf8(body) ? { body: body.toString() } : { bodyBase64: body.toString('base64') };
}
