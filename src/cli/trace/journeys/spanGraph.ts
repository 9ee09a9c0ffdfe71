import { ATTRIBUTE } from '../spans/attributes.ts';
import type { TracedSpan } from '../spans/otlp.ts';

/** The origin of a hop: the hop that sent the envelope, and the publish between the two. */
export interface Origin {
  readonly hop: TracedSpan | undefined;
  readonly publish: TracedSpan | undefined;
  /** The kind of the publish or the reason of the link, if the hop is not the next of the route. */
  readonly via: string | undefined;
}

const NO_ORIGIN: Origin = { hop: undefined, publish: undefined, via: undefined };

/** Spans, and the relations between them: parents, children and the origins of hops. */
export class SpanGraph {
  readonly #byId: ReadonlyMap<string, TracedSpan>;
  readonly #byParent: ReadonlyMap<string | undefined, readonly TracedSpan[]>;
  #publishes: ReadonlyMap<TracedSpan | undefined, readonly TracedSpan[]> | undefined;
  readonly #origins = new Map<TracedSpan, Origin>();

  /** @param spans a span that several files contain counts once */
  constructor(spans: readonly TracedSpan[]) {
    this.#byId = new Map(spans.map((span) => [span.spanId, span]));
    this.#byParent = Map.groupBy(this.#byId.values(), ({ parentSpanId }) => parentSpanId);
  }

  get spans(): readonly TracedSpan[] {
    return [...this.#byId.values()];
  }

  childrenOf({ spanId }: TracedSpan): readonly TracedSpan[] {
    return this.#byParent.get(spanId) ?? [];
  }

  /** The spans that a span links to. */
  linkedTo({ links }: TracedSpan): readonly TracedSpan[] {
    return links.flatMap(({ spanId }) => this.#byId.get(spanId) ?? []);
  }

  /** The publishes of a hop, also those that start a trace of their own. */
  publishesOf(hop: TracedSpan): readonly TracedSpan[] {
    this.#publishes ??= Map.groupBy(
      this.spans.filter(({ name }) => name.startsWith(PUBLISH)),
      (publish) => this.originOf(publish).hop,
    );
    return this.#publishes.get(hop) ?? [];
  }

  /** Finds the origin of a span. All calls together visit each span once. */
  originOf(span: TracedSpan): Origin {
    const path: { readonly span: TracedSpan; readonly cause: Cause }[] = [];
    let at = span;
    while (!this.#origins.has(at)) {
      // Ends the loop when the spans of a damaged file form a cycle.
      this.#origins.set(at, NO_ORIGIN);
      const cause = this.#causeOf(at);
      if (cause === undefined) break;
      path.push({ span: at, cause });
      if (isHop(cause.span)) break;
      at = cause.span;
    }
    for (const step of path.toReversed()) {
      const origin = this.#origins.get(step.cause.span) ?? NO_ORIGIN;
      this.#origins.set(step.span, extendOrigin(step.cause, origin));
    }
    return this.#origins.get(span) ?? NO_ORIGIN;
  }

  #causeOf({ parentSpanId, links }: TracedSpan): Cause | undefined {
    const parent = this.#byId.get(parentSpanId ?? '');
    if (parent !== undefined) return { span: parent, via: undefined };
    const link = links.find(({ spanId, reason }) => reason !== undefined && this.#byId.has(spanId));
    const linked = this.#byId.get(link?.spanId ?? '');
    return linked === undefined ? undefined : { span: linked, via: link?.reason };
  }
}

/** The parent of a span, or the span that a new trace is linked to. */
interface Cause {
  readonly span: TracedSpan;
  readonly via: string | undefined;
}

/** The origin of a span, from its cause and the origin of the cause. */
function extendOrigin({ span, via }: Cause, origin: Origin): Origin {
  if (isHop(span)) return { hop: span, publish: undefined, via };
  if (!span.name.startsWith(PUBLISH)) return { ...origin, via: via ?? origin.via };
  const isRetry = span.attributes.get(ATTRIBUTE.dispatchKind) === 'retry';
  return { hop: origin.hop, publish: span, via: via ?? (isRetry ? 'retry' : origin.via) };
}

const PUBLISH = 'publish ';

/** The actor that a span of a publish names. */
export function publishedTo({ name }: TracedSpan): string {
  return name.slice(PUBLISH.length);
}

export function isHop({ name, attributes }: TracedSpan): boolean {
  return name.startsWith('process ') && attributes.has(ATTRIBUTE.journeyId);
}
