/**
 * Reads traces as OTLP writes them in JSON, one request a line: what `ASYA_TRACE_FILE` and a
 * collector's file exporter write. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export interface TracedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  readonly links: readonly SpanLink[];
  readonly failed: boolean;
  readonly message: string | undefined;
}

export type AttributeValue = string | number | boolean;

export interface SpanLink {
  readonly spanId: string;
  /** `asya.link`. */
  readonly reason: string | undefined;
}

export interface ReadTraces {
  readonly spans: readonly TracedSpan[];
  /**
   * The numbers of the lines that are no OTLP requests; a process that was killed leaves half a
   * line.
   */
  readonly badLines: readonly number[];
}

export function readTraces(text: string): ReadTraces {
  const spans: TracedSpan[] = [];
  const badLines: number[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const found = readRequest(line);
    if (found === undefined) badLines.push(index + 1);
    else spans.push(...found);
  }
  return { spans, badLines };
}

/** The spans of one line; undefined when it is not an OTLP request. */
export function readRequest(line: string): TracedSpan[] | undefined {
  const request = parse(line);
  if (!isObject(request) || !Array.isArray(request['resourceSpans'])) return undefined;
  return objectsIn(request['resourceSpans'])
    .flatMap((resource) => objectsIn(resource['scopeSpans']))
    .flatMap((scope) => objectsIn(scope['spans']))
    .map(readSpan)
    .filter((span) => span !== undefined);
}

function readSpan(span: Fields): TracedSpan | undefined {
  const { traceId, spanId, parentSpanId, name, status } = span;
  if (typeof traceId !== 'string' || typeof spanId !== 'string' || typeof name !== 'string')
    return undefined;
  const { code, message } = isObject(status) ? status : {};
  return {
    traceId,
    spanId,
    parentSpanId:
      typeof parentSpanId === 'string' && parentSpanId !== '' ? parentSpanId : undefined,
    name,
    startMs: milliseconds(span['startTimeUnixNano']),
    endMs: milliseconds(span['endTimeUnixNano']),
    attributes: readAttributes(span['attributes']),
    links: objectsIn(span['links']).map(readLink),
    failed: code === 2 || code === 'STATUS_CODE_ERROR',
    message: typeof message === 'string' ? message : undefined,
  };
}

function readLink(link: Fields): SpanLink {
  const reason = readAttributes(link['attributes']).get('asya.link');
  return {
    spanId: typeof link['spanId'] === 'string' ? link['spanId'] : '',
    reason: reason === undefined ? undefined : String(reason),
  };
}

function readAttributes(attributes: unknown): Map<string, AttributeValue> {
  const read = new Map<string, AttributeValue>();
  for (const { key, value } of objectsIn(attributes)) {
    if (typeof key !== 'string' || !isObject(value)) continue;
    const { stringValue, intValue, doubleValue, boolValue } = value;
    const found =
      stringValue ??
      doubleValue ??
      boolValue ??
      (intValue === undefined ? undefined : Number(intValue));
    if (typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean')
      read.set(key, found);
  }
  return read;
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function objectsIn(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** OTLP has 64-bit numbers as strings; a double is exact to less than a microsecond here. */
function milliseconds(nanoseconds: unknown): number {
  return Number(nanoseconds) / 1e6;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // The caller names the line.
    return undefined;
  }
}
