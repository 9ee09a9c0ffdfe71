import { ATTRIBUTE } from './attributes.ts';

/** A span of a trace file. */
export interface TracedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  readonly links: readonly SpanLink[];
  /** Whether the status is an error; `message` describes it. */
  readonly failed: boolean;
  readonly message: string | undefined;
}

export type AttributeValue = string | number | boolean;

export interface SpanLink {
  readonly spanId: string;
  /** The attribute `asya.link`: the reason that a new trace was started. */
  readonly reason: string | undefined;
}

export interface ReadTraces {
  readonly spans: readonly TracedSpan[];
  /** The numbers of the lines that were skipped because they are not OTLP requests. */
  readonly skippedLines: readonly number[];
}

/**
 * Reads traces in OTLP/JSON, one request a line, as `ASYA_TRACE_FILE` and the file exporter of a
 * collector write them. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function readTraces(text: string): ReadTraces {
  const spans: TracedSpan[] = [];
  const skippedLines: number[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const found = readRequest(line);
    if (found === undefined) skippedLines.push(index + 1);
    else spans.push(...found);
  }
  return { spans, skippedLines };
}

/** Reads the spans of one line; undefined when the line is not an OTLP request. */
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
  const reason = readAttributes(link['attributes']).get(ATTRIBUTE.link);
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

/** OTLP encodes 64-bit integers as strings. A double keeps today's time to under a microsecond. */
function milliseconds(nanoseconds: unknown): number {
  return Number(nanoseconds) / 1e6;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // The caller reports the line.
    return undefined;
  }
}
