import { isRecord } from '../isRecord.ts';
import type { Headers, HeaderValue, MessageProperties, StructuredValue } from './message.ts';

/**
 * The JSON form of a message's properties and headers, in error envelopes and SQLite files. Bytes
 * are encoded as base64.
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

/** The name and the type of each standard property in `PropertiesJson`. */
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

/** Copies the standard properties of an object, except those of a wrong type. */
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

/** @param headers headers to include in addition to the structured ones */
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

/** Ignores members of a wrong type. */
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

/** Separates structured headers from those that every broker can carry. */
export function splitHeaders(
  all: Readonly<Record<string, StructuredValue>>,
  isIncluded: (name: string) => boolean = () => true,
): {
  readonly headers: Headers;
  readonly structuredHeaders: Readonly<Record<string, StructuredValue>> | undefined;
} {
  const headers: Record<string, HeaderValue> = {};
  let structuredHeaders: Record<string, StructuredValue> | undefined;
  for (const name of Object.keys(all)) {
    const value = all[name];
    if (!isIncluded(name)) continue;
    if (isHeaderValue(value)) headers[name] = value;
    else if (value !== undefined) (structuredHeaders ??= {})[name] = value;
  }
  return { headers, structuredHeaders };
}

function isHeaderValue(value: unknown): value is HeaderValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/**
 * The tags that JSON needs in the notation for typed values (see `StructuredValue`): bytes as
 * base64, a number that JSON cannot express as text, and a record that contains one of these tags
 * itself.
 */
const BYTES_TAG = 'bytes';
const NUMBER_TAG = 'number';
const RECORD_TAG = 'record';
const TAGS: ReadonlySet<unknown> = new Set([BYTES_TAG, NUMBER_TAG, RECORD_TAG]);

function toJson(value: StructuredValue): JsonValue {
  if (typeof value === 'number' && !isJsonNumber(value)) return tagged(NUMBER_TAG, textOf(value));
  if (value === null || isHeaderValue(value)) return value;
  if (Buffer.isBuffer(value)) return tagged(BYTES_TAG, value.toString('base64'));
  if (isList(value)) return value.map(toJson);
  const record = mapValues(value, toJson);
  return TAGS.has(value['!']) ? tagged(RECORD_TAG, record) : record;
}

function fromJson(value: unknown): StructuredValue {
  if (isHeaderValue(value)) return value;
  if (Array.isArray(value)) return value.map(fromJson);
  if (!isRecord(value)) return null;
  const { '!': tag, value: inner } = value;
  if (tag === BYTES_TAG && typeof inner === 'string') return Buffer.from(inner, 'base64');
  if (tag === NUMBER_TAG && typeof inner === 'string') return Number(inner);
  return mapValues(tag === RECORD_TAG && isRecord(inner) ? inner : value, fromJson);
}

function tagged(tag: string, value: JsonValue): JsonValue {
  return { '!': tag, value };
}

/** JSON has no infinities, no NaN and, as JavaScript writes it, no negative zero. */
function isJsonNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function textOf(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** `Array.isArray` does not narrow to a readonly array. */
function isList(value: object): value is readonly StructuredValue[] {
  return Array.isArray(value);
}

/** `Object.fromEntries` keeps a key `__proto__` as an own property. */
function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  toValue: (value: T) => U,
): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, toValue(value)]));
}
