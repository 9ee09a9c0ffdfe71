import { isReplyQueue, REPLY_QUEUE_RULE } from '../replyQueue.ts';
import { invalidEnvelope } from './envelopeError.ts';
import { decodeMember, type RawObject } from './json/json.ts';

/** The envelope headers that a hop reads. An invalid value counts as absent. */
export interface KnownHeaders {
  /** `x-asya-journey-id`: id of the journey's first envelope. */
  readonly journeyId: string;
  /** `x-asya-started-at`: start of the journey (RFC 3339). Undefined before the first hop. */
  readonly startedAt: string | undefined;
  /** `x-asya-hops`: number of hops on this path so far. */
  readonly hops: number;
  readonly fanout: Fanout | undefined;
  /** `x-asya-deadline` in milliseconds since the epoch. */
  readonly deadlineMs: number | undefined;
  /** `x-asya-reply-to`: the reply queue of the sender. */
  readonly replyTo: string | undefined;
  /** The values of `traceparent`, `tracestate` and `baggage` that are strings. */
  readonly trace: Readonly<Record<string, string>>;
}

/** `x-asya-fanout`: the fan-out that this envelope, or an ancestor, is a child of. */
export interface Fanout {
  /** Id of the parent envelope. */
  readonly of: string;
  readonly index: number;
  readonly total: number;
  /** `x-asya-hops` of the parent envelope. */
  readonly hop: number;
  /**
   * The fan-out that the parent envelope, or an ancestor of it, is a child of. Absent in the
   * outermost fan-out, above `MAX_OUTER_FANOUTS` levels, and where a sidecar of an earlier version
   * has written the header.
   */
  readonly outer?: Fanout;
}

/** The largest number of enclosing fan-outs in the header. The innermost ones are kept. */
const MAX_OUTER_FANOUTS = 8;

export const HEADER = {
  journeyId: 'x-asya-journey-id',
  startedAt: 'x-asya-started-at',
  hops: 'x-asya-hops',
  fanout: 'x-asya-fanout',
  deadline: 'x-asya-deadline',
  replyTo: 'x-asya-reply-to',
} as const;

/** The reason why an error-end parked the envelope. No hop reads it. */
export const PARKED_HEADER = 'x-asya-parked';

export const TRACE_HEADERS = ['traceparent', 'tracestate', 'baggage'] as const;

/** Names of the headers that a hop reads, and that must not occur twice. */
export const KNOWN_HEADER_NAMES: ReadonlySet<string> = new Set([
  ...Object.values(HEADER),
  ...TRACE_HEADERS,
]);

export interface HeaderOptions {
  /** Id of the envelope. */
  readonly id: string;
  /** An end ignores the deadline, and a reply queue with an invalid name. */
  readonly isEnd: boolean;
}

/** @throws {EnvelopeError} if the deadline is not a date, or `x-asya-reply-to` not a reply queue */
export function readKnownHeaders(raw: RawObject | undefined, options: HeaderOptions): KnownHeaders {
  const read = (name: string): unknown => decodeMember(raw, name);
  const journeyId = read(HEADER.journeyId);
  const startedAt = read(HEADER.startedAt);
  const hops = read(HEADER.hops);
  return {
    journeyId: isEnvelopeId(journeyId) ? journeyId : options.id,
    startedAt: typeof startedAt === 'string' && isDate(startedAt) ? startedAt : undefined,
    hops: isCount(hops) ? hops : 0,
    fanout: asFanout(read(HEADER.fanout)),
    deadlineMs: options.isEnd ? undefined : asDeadline(read(HEADER.deadline)),
    replyTo: asReplyTo(read(HEADER.replyTo), options),
    trace: readTraceHeaders(read),
  };
}

/** Reports whether a value is a valid envelope id. */
export function isEnvelopeId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.isWellFormed();
}

const RFC_3339 =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** Reports whether a text is an RFC 3339 date. Leap seconds are not supported. */
function isDate(text: string): boolean {
  return RFC_3339.test(text) && !isBeyondMonth(text);
}

/**
 * Parses an RFC 3339 date, without leap seconds. Returns milliseconds since the epoch, or undefined
 * if the text is not a date.
 */
export function parseDate(text: string): number | undefined {
  return isDate(text) ? Date.parse(text.toUpperCase()) : undefined;
}

/** Checks the number of days in the month, which the pattern cannot. */
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

function asReplyTo(value: unknown, { isEnd }: HeaderOptions): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (isReplyQueue(value)) return value;
  if (isEnd) return undefined;
  throw invalidEnvelope(`headers.${HEADER.replyTo} ${REPLY_QUEUE_RULE}`);
}

function asFanout(value: unknown, maxOuter = MAX_OUTER_FANOUTS): Fanout | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { of, index, total, hop, outer } = value as Record<string, unknown>;
  if (!isEnvelopeId(of) || !isCount(index) || !isCount(total) || !isCount(hop)) return undefined;
  const enclosing = maxOuter > 0 ? asFanout(outer, maxOuter - 1) : undefined;
  return { of, index, total, hop, ...(enclosing === undefined ? {} : { outer: enclosing }) };
}

/** Returns a fan-out inside another one, with at most `maxOuter` levels around it. */
export function nestFanout(
  fanout: Fanout,
  outer: Fanout | undefined,
  maxOuter = MAX_OUTER_FANOUTS,
): Fanout {
  if (outer === undefined || maxOuter === 0) return fanout;
  const { outer: next, ...level } = outer;
  return { ...fanout, outer: nestFanout(level, next, maxOuter - 1) };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/**
 * Returns a message header by its lower-case name, ignoring the case of the header. An exact match
 * takes precedence.
 */
export function findHeader(headers: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(headers, name)) return headers[name];
  const match = Object.keys(headers).find((candidate) => candidate.toLowerCase() === name);
  return match === undefined ? undefined : headers[match];
}

/** Returns the values of `traceparent`, `tracestate` and `baggage` that are strings. */
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
