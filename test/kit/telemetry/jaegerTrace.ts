/** A trace as the API of Jaeger returns it to its page. */
export interface JaegerTrace {
  readonly traceId: string;
  readonly spans: readonly JaegerSpan[];
}

export interface JaegerSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** The parent, which may be absent from the trace. */
  readonly parentSpanId: string | undefined;
  /** The spans that it links to. Jaeger drops the attributes of links. */
  readonly links: readonly SpanReference[];
  readonly service: string;
  readonly name: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly tags: ReadonlyMap<string, TagValue>;
  readonly warnings: readonly string[];
}

export interface SpanReference {
  readonly traceId: string;
  readonly spanId: string;
}

export type TagValue = string | number | boolean;

interface Answer {
  readonly traceID: string;
  readonly spans: readonly AnswerSpan[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>;
}

interface AnswerSpan {
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly Reference[];
  readonly startTime: number;
  readonly duration: number;
  readonly tags: readonly { readonly key: string; readonly value: TagValue }[];
  readonly processID: string;
  readonly warnings: readonly string[] | null;
}

interface Reference {
  readonly refType: 'CHILD_OF' | 'FOLLOWS_FROM';
  readonly traceID: string;
  readonly spanID: string;
}

/** Reads the `data` of an answer of `/api/traces` or `/api/transform`. */
export function readJaegerTraces(data: unknown): JaegerTrace[] {
  return (data as readonly Answer[]).map((trace) => ({
    traceId: trace.traceID,
    spans: trace.spans.map((span) => readSpan(trace, span)),
  }));
}

function readSpan({ traceID, processes }: Answer, span: AnswerSpan): JaegerSpan {
  const isParent = ({ refType, traceID: id }: Reference): boolean =>
    refType === 'CHILD_OF' && id === traceID;
  return {
    traceId: traceID,
    spanId: span.spanID,
    parentSpanId: span.references.find(isParent)?.spanID,
    links: span.references
      .filter((reference) => !isParent(reference))
      .map((reference) => ({ traceId: reference.traceID, spanId: reference.spanID })),
    service: processes[span.processID]?.serviceName ?? '',
    name: span.operationName,
    startUs: span.startTime,
    endUs: span.startTime + span.duration,
    tags: new Map(span.tags.map(({ key, value }) => [key, value])),
    warnings: span.warnings ?? [],
  };
}
