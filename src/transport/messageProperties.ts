import type { Headers, HeaderValue, MessageProperties, StructuredValue } from './message.ts';

/**
 * Properties and headers of a message, as an error envelope and a SQLite file keep them. Bytes are
 * base64.
 */
export interface PropertiesJson {
  readonly content_type?: string;
  readonly content_encoding?: string;
  readonly correlation_id?: string;
  readonly reply_to?: string;
  readonly type?: string;
  readonly timestamp?: number;
  readonly priority?: number;
  readonly app_id?: string;
  readonly headers?: Readonly<Record<string, JsonValue>>;
}

type JsonValue = HeaderValue | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** The standard properties: the name in `PropertiesJson`, and the type. */
const STANDARD = {
  contentType: ['content_type', 'string'],
  contentEncoding: ['content_encoding', 'string'],
  correlationId: ['correlation_id', 'string'],
  replyTo: ['reply_to', 'string'],
  type: ['type', 'string'],
  timestamp: ['timestamp', 'number'],
  priority: ['priority', 'number'],
  appId: ['app_id', 'string'],
} as const;

type StandardName = keyof typeof STANDARD;

const STANDARD_NAMES = Object.keys(STANDARD) as readonly StandardName[];

/** The standard properties among the members of an object that have the right type. */
export function pickStandardProperties(source: {
  readonly [K in StandardName]?: unknown;
}): MessageProperties {
  const picked: Record<string, unknown> = {};
  for (const name of STANDARD_NAMES) {
    const value = source[name];
    if (typeof value === STANDARD[name][1]) picked[name] = value;
  }
  return picked;
}

/** @param headers to be kept with the structured ones */
export function encodeProperties(
  properties: MessageProperties,
  headers: Headers = {},
): PropertiesJson {
  const all = { ...properties.structuredHeaders, ...headers };
  const standard = STANDARD_NAMES.filter((name) => properties[name] !== undefined);
  return {
    ...Object.fromEntries(standard.map((name) => [STANDARD[name][0], properties[name]])),
    ...(Object.keys(all).length === 0 ? {} : { headers: mapValues(all, toJson) }),
  };
}

/** Members that make no sense are left out. */
export function decodeProperties(json: unknown): {
  readonly headers: Headers;
  readonly properties: MessageProperties;
} {
  const source = isRecord(json) ? json : {};
  const standard = pickStandardProperties(
    Object.fromEntries(STANDARD_NAMES.map((name) => [name, source[STANDARD[name][0]]])),
  );
  const { headers, structuredHeaders } = splitHeaders(
    isRecord(source['headers']) ? mapValues(source['headers'], fromJson) : {},
  );
  return {
    headers,
    properties: { ...standard, ...(structuredHeaders === undefined ? {} : { structuredHeaders }) },
  };
}

/** Tells the headers that every broker can carry from the structured ones. */
export function splitHeaders(
  all: Readonly<Record<string, StructuredValue>>,
  isKept: (name: string) => boolean = () => true,
): {
  readonly headers: Headers;
  readonly structuredHeaders: Readonly<Record<string, StructuredValue>> | undefined;
} {
  const headers: Record<string, HeaderValue> = {};
  let structuredHeaders: Record<string, StructuredValue> | undefined;
  for (const name of Object.keys(all)) {
    const value = all[name];
    if (!isKept(name)) continue;
    if (isHeaderValue(value)) headers[name] = value;
    else if (value !== undefined) (structuredHeaders ??= {})[name] = value;
  }
  return { headers, structuredHeaders };
}

function isHeaderValue(value: unknown): value is HeaderValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** The tag of bytes, in the notation that a table with the key `!` has. */
const BYTES = 'bytes';

function toJson(value: StructuredValue): JsonValue {
  if (value === null || isHeaderValue(value)) return value;
  if (Buffer.isBuffer(value)) return { '!': BYTES, value: value.toString('base64') };
  return isList(value) ? value.map(toJson) : mapValues(value, toJson);
}

function fromJson(value: unknown): StructuredValue {
  if (isHeaderValue(value)) return value;
  if (Array.isArray(value)) return value.map(fromJson);
  if (!isRecord(value)) return null;
  const { '!': tag, value: tagged } = value;
  return tag === BYTES && typeof tagged === 'string'
    ? Buffer.from(tagged, 'base64')
    : mapValues(value, fromJson);
}

/** `Array.isArray` does not tell a readonly list. */
function isList(value: object): value is readonly StructuredValue[] {
  return Array.isArray(value);
}

/** A key `__proto__` stays a key. */
function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  toValue: (value: T) => U,
): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, toValue(value)]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
