/** The headers of a response, keyed by the name in lower case. */
export type ResponseHeaders = ReadonlyMap<string, string>;

/** Returns the media type in lower case, without parameters; undefined without a content-type. */
export function mediaTypeOf(headers: ResponseHeaders): string | undefined {
  const value = headers.get('content-type') ?? '';
  const name = value
    .slice(0, value.search(/[;,]|$/))
    .trim()
    .toLowerCase();
  return name === '' ? undefined : name;
}

/** The media type of server-sent events (WHATWG HTML, section 9.2). */
export const EVENT_STREAM = 'text/event-stream';

/**
 * The media types of streams that model servers and web frameworks send: server-sent events (vLLM,
 * Text Generation Inference, OpenAI), a JSON text per line (Ollama, Spring), RFC 7464, and the
 * frames of Amazon SageMaker.
 */
const STREAMS: ReadonlySet<string> = new Set([
  EVENT_STREAM,
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonl',
  'application/jsonlines',
  'application/x-jsonlines',
  'application/json-lines',
  'application/json-seq',
  'application/stream+json',
  'application/x-json-stream',
  'application/vnd.amazon.eventstream',
]);

export function isStream(mediaType: string | undefined): mediaType is string {
  return mediaType !== undefined && STREAMS.has(mediaType);
}

/** Whether a body of this type is JSON, or may be JSON because the type is missing. */
export function isJson(mediaType: string | undefined): boolean {
  return mediaType === undefined || /(?:^(?:application|text)\/|\+)json$/.test(mediaType);
}

/** Returns the coding of a body, for example `gzip`; undefined if the body is not encoded. */
export function contentEncodingOf(headers: ResponseHeaders): string | undefined {
  const coding = headers.get('content-encoding')?.toLowerCase() ?? '';
  return coding === '' || coding === 'identity' ? undefined : coding;
}
