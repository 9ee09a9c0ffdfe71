import { createSleep } from '../../../backoff.ts';
import { SECOND } from '../../../units.ts';
import { RequestError } from '../server/routes/requestError.ts';
import type { EventWriter, Route } from '../server/routes/route.ts';
import type { ActorHistory, PipelineEvent } from './contract.ts';
import type { LivePipeline } from './livePipeline.ts';

const LINE_INTERVAL_MS = SECOND;

/** `GET /api/pipeline` and `GET /api/pipeline/actors/NAME` */
export function createPipelineRoutes(pipeline: LivePipeline): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/pipeline',
      handle: ({ closed }) => ({
        kind: 'events',
        write: (events) => streamPipeline(pipeline, events, closed),
      }),
    },
    {
      method: 'GET',
      path: '/api/pipeline/actors/:name',
      handle: (request) => ({
        kind: 'json',
        value: findHistory(pipeline, request.parameter('name')),
      }),
    },
  ];
}

/** Sends the pipeline at once and when it has changed. */
async function streamPipeline(
  pipeline: LivePipeline,
  events: EventWriter,
  closed: AbortSignal,
): Promise<void> {
  const write = (event: PipelineEvent): Promise<void> => events.write(event);
  const sleep = createSleep(closed);
  closed.addEventListener('abort', () => pipeline.changes.notify(), { once: true });
  let sent = '';
  while (!closed.aborted) {
    const changed = pipeline.changes.wait();
    const snapshot = pipeline.snapshot();
    const text = JSON.stringify({ ...snapshot, asOf: undefined });
    if (text !== sent) await write(snapshot);
    sent = text;
    // The sleep rejects when the reader has gone; the loop then ends.
    await sleep(LINE_INTERVAL_MS).catch(() => undefined);
    await changed;
  }
}

/** @throws {RequestError} */
function findHistory(pipeline: LivePipeline, name: string): ActorHistory {
  const points = pipeline.history(name);
  if (points === undefined) throw new RequestError(404, `no source has named actor "${name}"`);
  return { points };
}
