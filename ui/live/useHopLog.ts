import { useState } from 'preact/hooks';
import type { HopsEvent } from '../../src/cli/ui/hops/contract.ts';
import { useStream } from '../app/useStream.ts';
import type { Client } from '../client/client.ts';
import type { StreamState } from '../client/followStream.ts';
import { ArrivalRate, type Rate } from './arrivalRate.ts';
import { isFailed, type HopFilter } from './hopFilter.ts';
import { HopLog } from './hopLog.ts';
import { useFrames } from '../components/useFrames.ts';

export interface HopLogState {
  readonly log: HopLog;
  readonly stream: StreamState;
  /** The actors of the hops so far. */
  readonly actors: ReadonlySet<string>;
  /** The rate of the hops now; undefined while it is not known. */
  readonly rateNow: () => Rate | undefined;
  /** Renders again, after a change of the log. */
  readonly update: () => void;
}

/** A reader cannot follow more than ten changes of a list in a second. */
const RENDER_INTERVAL_MS = 100;

/** Follows the hops. The view renders at most ten times a second, however many hops arrive. */
export function useHopLog(
  client: Client,
  path: string | undefined,
  filter: HopFilter,
): HopLogState {
  const [received] = useState(() => new ReceivedHops(filter));
  const [, setRendered] = useState(0);
  const update = useFrames(() => setRendered((count) => count + 1), RENDER_INTERVAL_MS);
  received.log.setFilter(filter);
  const stream = useStream<HopsEvent>({
    client,
    path,
    onEvent(event) {
      received.add(event, performance.now());
      update();
    },
  });
  const isOpen = stream.kind === 'open';
  return {
    log: received.log,
    stream,
    actors: received.actors,
    rateNow: () => (isOpen ? received.rate.rate(performance.now()) : undefined),
    update,
  };
}

const MAX_ACTORS = 500;

/** What the view has received so far. */
class ReceivedHops {
  readonly log: HopLog;
  readonly rate = new ArrivalRate(performance.now());
  readonly actors = new Set<string>();
  /** The number of the first hop that has happened since the connection was made. */
  #next = Number.POSITIVE_INFINITY;

  constructor(filter: HopFilter) {
    this.log = new HopLog({ filter });
  }

  add(event: HopsEvent, nowMs: number): void {
    if ('start' in event) {
      this.#next = event.start.next;
      this.rate.restart(nowMs);
    }
    if ('dropped' in event) this.rate.restart(nowMs);
    const hops = this.log.add(event);
    for (const { actor } of hops) if (this.actors.size < MAX_ACTORS) this.actors.add(actor);
    const live = hops.filter(({ number }) => number >= this.#next);
    this.rate.add(live.length, live.filter(isFailed).length, nowMs);
  }
}
