import { MINUTE, SECOND } from '../../../units.ts';
import type { Actor, HistoryPoint } from './contract.ts';

/** The time between two points. */
export const HISTORY_INTERVAL_MS = 5 * SECOND;
const MAX_POINTS = (10 * MINUTE) / HISTORY_INTERVAL_MS;

/** The last 10 minutes of each actor. */
export class ActorHistories {
  readonly #points = new Map<string, HistoryPoint[]>();

  /** @param time RFC 3339 */
  add(time: string, actors: readonly Actor[]): void {
    for (const actor of actors) {
      const points = this.#points.get(actor.name) ?? [];
      this.#points.set(actor.name, points);
      points.push(toPoint(time, actor));
      if (points.length > MAX_POINTS) points.shift();
    }
  }

  /** The oldest point first; undefined for an unknown actor. */
  of(actor: string): readonly HistoryPoint[] | undefined {
    return this.#points.get(actor);
  }
}

function toPoint(time: string, { queue, rates, times }: Actor): HistoryPoint {
  return {
    time,
    ...(queue === undefined ? {} : { ready: queue.ready }),
    ...(rates === undefined ? {} : { hopRate: rates.hops, errorRate: rates.errors }),
    ...(times?.queueP95 === undefined ? {} : { queueP95: times.queueP95 }),
    ...(times?.runtimeP95 === undefined ? {} : { runtimeP95: times.runtimeP95 }),
  };
}
