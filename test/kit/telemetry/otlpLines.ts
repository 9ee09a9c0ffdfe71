/** A span of a trace file, in the members that tests choose. */
export interface OtlpSpan {
  readonly spanId: string;
  readonly name: string;
  readonly parentSpanId?: string;
  readonly traceId?: string;
  readonly startMs?: number;
  readonly endMs?: number;
  readonly attributes?: Readonly<Record<string, string | number>>;
  readonly error?: string;
}

/** Encodes spans as one OTLP request, as `ASYA_TRACE_FILE` has one on each line. */
export function otlpLine(...spans: readonly OtlpSpan[]): string {
  const encoded = spans.map(encodeSpan);
  return `${JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: encoded }] }] })}\n`;
}

/** The span of a hop that sends its envelope on. */
export function hopSpan(
  journey: string,
  actor: string,
  more: Partial<OtlpSpan> & Pick<OtlpSpan, 'spanId'>,
): OtlpSpan {
  const own = { 'asya.journey.id': journey, 'asya.actor': actor, 'asya.outcome': 'forward' };
  return { name: `process ${actor}`, ...more, attributes: { ...own, ...more.attributes } };
}

function encodeSpan(span: OtlpSpan): unknown {
  const { traceId = 'trace-1', startMs = 1_000, endMs = startMs + 10, attributes = {} } = span;
  const { spanId, parentSpanId, name, error } = span;
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: Object.entries(attributes).map(([key, value]) => ({
      key,
      value: typeof value === 'number' ? { doubleValue: value } : { stringValue: value },
    })),
    status: error === undefined ? {} : { code: 2, message: error },
  };
}

function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1_000)) * 1_000n);
}
