import { randomUUID } from 'node:crypto';
import { createSleep } from '../../../backoff.ts';
import { SECOND } from '../../../units.ts';
import type { Route } from '../server/routes/route.ts';
import type { HopsEvent } from './contract.ts';
import type { FollowedHops } from './followedHops.ts';

/** The number of hops that a new reader receives first. */
const NEWEST_HOPS = 1_000;
const LINE_INTERVAL_MS = SECOND / 10;

/** `GET /api/hops` */
export function createHopsRoutes(hops: FollowedHops): readonly Route[] {
  const server = randomUUID();
  return [
    {
      method: 'GET',
      path: '/api/hops',
      handle: ({ closed }) => ({
        kind: 'events',
        async write(events) {
          const write = (event: HopsEvent): Promise<void> => events.write(event);
          await write({ start: { server, next: hops.ring.end } });
          await streamHops(hops, write, closed);
        },
      }),
    },
  ];
}

/**
 * Sends the newest hops, and then each hop as it happens. The hops in memory are the buffer of a
 * slow reader: it loses those that are dropped from memory before it reads them.
 */
async function streamHops(
  hops: FollowedHops,
  write: (event: HopsEvent) => Promise<void>,
  closed: AbortSignal,
): Promise<void> {
  const { ring, changes } = hops;
  const sleep = createSleep(closed);
  closed.addEventListener('abort', () => changes.notify(), { once: true });
  let next = Math.max(ring.first, ring.end - NEWEST_HOPS);
  let { lost } = hops;
  while (!closed.aborted) {
    const dropped = Math.max(0, ring.first - next) + hops.lost - lost;
    if (dropped > 0) {
      next = Math.max(next, ring.first);
      ({ lost } = hops);
      await write({ dropped });
    } else if (next < ring.end) {
      const batch = ring.batch(next);
      next += batch.length;
      await write({ hops: batch });
    } else {
      await changes.wait();
    }
    // The sleep rejects when the reader has gone; the loop then ends.
    await sleep(LINE_INTERVAL_MS).catch(() => undefined);
  }
}
