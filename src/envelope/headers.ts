import { invalidEnvelope } from './envelopeError.ts';
import { decodeJson, type RawObject } from './json/json.ts';

/**
 * The headers that a hop reads. Values that make no sense have been replaced by what an absent one
 * means.
 */
export interface KnownHeaders {
  /** `x-asya-journey-id`: the id of the journey's first envelope. */
  readonly journeyId: string;
  /** `x-asya-started-at`: when the journey began (RFC 3339); undefined before its first hop. */
  readonly startedAt: string | undefined;
  /** `x-asya-hops`: the hops made on this path so far. */
  readonly hops: number;
  readonly fanout: Fanout | undefined;
  /** `x-asya-deadline`, in milliseconds since the epoch. */
  readonly deadlineMs: number | undefined;
  /** `traceparent`, `tracestate` and `baggage`, where they are strings. */
  readonly trace: Readonly<Record<string, string>>;
}

/** `x-asya-fanout`: which child of which fan-out this envelope is, or descends from. */
export interface Fanout {
  /** The id of the envelope that was fanned out. */
  readonly of: string;
  readonly index: number;
  readonly total: number;
  /** `x-asya-hops` of the envelope that was fanned out. */
  readonly hop: number;
}

export const HEADER = {
  journeyId: 'x-asya-journey-id',
  startedAt: 'x-asya-started-at',
  hops: 'x-asya-hops',
  fanout: 'x-asya-fanout',
  deadline: 'x-asya-deadline',
} as const;

/** Why an error-end has put an envelope away; no hop reads it. */
export const PARKED_HEADER = 'x-asya-parked';

export const TRACE_HEADERS = ['traceparent', 'tracestate', 'baggage'] as const;

/** A header that a hop reads must not occur twice: two parsers would see two envelopes. */
export const KNOWN_HEADER_NAMES: ReadonlySet<string> = new Set([
  ...Object.values(HEADER),
  ...TRACE_HEADERS,
]);

export interface HeaderOptions {
  /** Of the envelope that the headers belong to. */
  readonly id: string;
  readonly ignoreDeadline: boolean;
}

/** @throws {EnvelopeError} when the deadline is no date */
export function readKnownHeaders(raw: RawObject | undefined, options: HeaderOptions): KnownHeaders {
  const read = (name: string): unknown => {
    const span = raw?.members.get(name);
    return raw === undefined || span === undefined ? undefined : decodeJson(raw.bytes, span);
  };
  const journeyId = read(HEADER.journeyId);
  const startedAt = read(HEADER.startedAt);
  const hops = read(HEADER.hops);
  return {
    journeyId: isId(journeyId) ? journeyId : options.id,
    startedAt: typeof startedAt === 'string' && isDate(startedAt) ? startedAt : undefined,
    hops: isCount(hops) ? hops : 0,
    fanout: asFanout(read(HEADER.fanout)),
    deadlineMs: options.ignoreDeadline ? undefined : asDeadline(read(HEADER.deadline)),
    trace: readTraceHeaders(read),
  };
}

/** Whether a value can be the id of an envelope. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.isWellFormed();
}

const RFC_3339 =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** Whether a text is a date as of RFC 3339 (but for leap seconds). */
function isDate(text: string): boolean {
  return RFC_3339.test(text) && !isBeyondMonth(text);
}

/**
 * Milliseconds since the epoch of a date as of RFC 3339 (but for leap seconds); undefined when it
 * is none.
 */
export function parseDate(text: string): number | undefined {
  return isDate(text) ? Date.parse(text.toUpperCase()) : undefined;
}

/** No pattern knows how long February is. */
function isBeyondMonth(text: string): boolean {
  const day = text.slice(8, 10);
  return day > '28' && Number(day) > daysIn(Number(text.slice(0, 4)), Number(text.slice(5, 7)));
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function asDeadline(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const time = typeof value === 'string' ? parseDate(value) : undefined;
  if (time === undefined)
    throw invalidEnvelope(`headers.${HEADER.deadline} must be a date (RFC 3339)`);
  return time;
}

function asFanout(value: unknown): Fanout | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { of, index, total, hop } = value as Record<string, unknown>;
  return isId(of) && isCount(index) && isCount(total) && isCount(hop)
    ? { of, index, total, hop }
    : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/**
 * A message header by its name in lower case, in whatever case it was written. The exact name takes
 * precedence.
 */
export function findHeader(headers: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(headers, name)) return headers[name];
  const written = Object.keys(headers).find((candidate) => candidate.toLowerCase() === name);
  return written === undefined ? undefined : headers[written];
}

/** `traceparent`, `tracestate` and `baggage`, where they are strings. */
export function readTraceHeaders(
  read: (name: string) => unknown,
): Readonly<Record<string, string>> {
  const trace: Record<string, string> = {};
  for (const name of TRACE_HEADERS) {
    const value = read(name);
    if (typeof value === 'string') trace[name] = value;
  }
  return trace;
}
