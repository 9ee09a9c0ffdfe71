import { isActorName } from '../../../envelope/actorName.ts';
import type { Hop } from '../hops/contract.ts';

/** Actors and the arrows between them. */
export interface GraphPart {
  readonly actors: readonly string[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
}

/** Names arrive with messages, so their number has a bound. */
const MAX_ACTORS = 500;
const MAX_EDGES = 2_000;

/**
 * The actors and edges that any source has named since the start. An actor whose sidecars are gone
 * stays, because its queue may grow.
 */
export class ActorGraph {
  readonly #actors = new Set<string>();
  /** The edges by their sender. */
  readonly #targets = new Map<string, Set<string>>();
  #edgeCount = 0;

  /** @param ends the names of happy-end and error-end */
  constructor(ends: readonly string[]) {
    for (const end of ends) this.#actors.add(end);
  }

  get actors(): readonly string[] {
    return [...this.#actors];
  }

  get edges(): readonly GraphEdge[] {
    return [...this.#targets].flatMap(([from, targets]) =>
      [...targets].map((to) => ({ from, to })),
    );
  }

  add({ actors, edges }: GraphPart): void {
    for (const actor of actors) this.#addActor(actor);
    for (const { from, to } of edges) this.#addEdge(from, to);
  }

  /** Adds the actor of a hop, and those to which it has sent envelopes. */
  addHop({ actor, outcome, next }: Hop): void {
    this.#addActor(actor);
    // A retry goes to the queue of the actor itself.
    if (outcome === 'retry') return;
    for (const to of next) this.#addEdge(actor, to);
  }

  /** Returns false for a name that is invalid, or one too many. */
  #addActor(name: string): boolean {
    if (this.#actors.has(name)) return true;
    // An ellipsis stands for other queues, and a parked queue is not an actor.
    if (this.#actors.size >= MAX_ACTORS || !isActorName(name)) return false;
    this.#actors.add(name);
    return true;
  }

  #addEdge(from: string, to: string): void {
    const targets = this.#targets.get(from);
    if (targets?.has(to) === true || this.#edgeCount >= MAX_EDGES) return;
    if (!this.#addActor(from) || !this.#addActor(to)) return;
    this.#edgeCount++;
    if (targets === undefined) this.#targets.set(from, new Set([to]));
    else targets.add(to);
  }
}
