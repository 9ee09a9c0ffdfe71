import type { ErrorIndex } from './errorIndex.ts';

/** The actors that error envelopes name, and the steps of their routes. */
export interface NamedActors {
  readonly actors: readonly string[];
  readonly edges: readonly NamedEdge[];
}

interface NamedEdge {
  readonly from: string;
  readonly to: string;
}

/** A pipeline has few actors; more names come from hostile messages. */
const MAX_GROUPS = 2_000;
const MAX_ROUTES = 500;

/** Returns the names in an index. The first groups and routes suffice. */
export function namesIn({ groups, routes }: ErrorIndex): NamedActors {
  const routed = [...routes].slice(0, MAX_ROUTES).map(({ actors }) => actors);
  const failed = [...groups].slice(0, MAX_GROUPS).flatMap(({ actor }) => actor ?? []);
  return merge([...failed, ...routed.flat()], routed.flatMap(stepsOf));
}

export function mergeNames(names: readonly NamedActors[]): NamedActors {
  return merge(
    names.flatMap(({ actors }) => actors),
    names.flatMap(({ edges }) => edges),
  );
}

function merge(actors: readonly string[], edges: readonly NamedEdge[]): NamedActors {
  const byName = new Map(edges.map((edge) => [JSON.stringify([edge.from, edge.to]), edge]));
  return { actors: [...new Set(actors)], edges: [...byName.values()] };
}

function stepsOf(actors: readonly string[]): readonly NamedEdge[] {
  return actors.slice(1).map((to, index) => ({ from: actors[index] ?? '', to }));
}
