import { isHop, publishedTo, SpanGraph } from '../../../trace/journeys/spanGraph.ts';
import { ATTRIBUTE } from '../../../trace/spans/attributes.ts';
import type { TracedSpan } from '../../../trace/spans/otlp.ts';

/** The actors of hops, and the actors and ends that these have sent envelopes to. */
export interface TracedActors {
  readonly actors: readonly string[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** The kinds of publishes from one actor to another one or to an end. */
const FORWARD: ReadonlySet<unknown> = new Set(['next', 'fanout', 'happy_end', 'error_end']);

export function findActors(spans: readonly TracedSpan[]): TracedActors {
  const graph = new SpanGraph(spans);
  const hops = graph.spans.filter(isHop);
  const edges = hops.flatMap((hop) =>
    graph
      .publishesOf(hop)
      .filter(isConfirmedForward)
      .map((publish) => ({ from: actorOf(hop), to: publishedTo(publish) })),
  );
  return { actors: [...new Set(hops.map(actorOf))], edges };
}

function isConfirmedForward({ attributes, failed }: TracedSpan): boolean {
  return !failed && FORWARD.has(attributes.get(ATTRIBUTE.dispatchKind));
}

function actorOf({ attributes }: TracedSpan): string {
  return String(attributes.get(ATTRIBUTE.actor));
}
