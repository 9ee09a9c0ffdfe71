import {
  closeJson,
  decodeJson,
  JsonError,
  kindAt,
  openJson,
  readArray,
  readObject,
  readString,
  skipValue,
  type Cursor,
  type Span,
} from './json.ts';

/**
 * An envelope is what travels between actors, as JSON:
 *
 *   { "id": "env-1", "parent_id": "env-0",
 *     "route": { "actors": ["prep", "infer"], "current": 0, "metadata": {} },
 *     "headers": { "x-asya-hops": 0, … },
 *     "payload": <any JSON> }
 *
 * - *route*: the actors that the envelope visits, and `current`, where it stands.
 * - *hop*: one envelope through one actor. *Journey*: all hops of an envelope and of its fan-out children.
 * - *end*: a terminal actor, happy-end or error-end.
 *
 * An envelope is kept as the bytes that came in, and where in them its parts stand. It goes out as those bytes
 * with a few ranges replaced: nothing else is parsed and printed again, so payload, unknown fields, big numbers
 * and odd white space survive a hop byte for byte.
 */
export interface Envelope {
  readonly bytes: Buffer;
  readonly id: string;
  readonly parentId: string | undefined;
  readonly actors: readonly string[];
  /** An index into `actors`; outside of it only at an end. */
  readonly current: number;
  readonly headers: KnownHeaders;
  readonly layout: Layout;
}

/** The headers that a hop reads. Values that make no sense have been replaced by what an absent one means. */
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

/** Where the parts stand in `bytes`. */
export interface Layout {
  readonly start: number;
  readonly id: Span;
  readonly parentId: Span | undefined;
  readonly route: Span | undefined;
  readonly current: Span | undefined;
  readonly headers: RawObject | Span | undefined;
  readonly payload: Span;
}

/** An object as bytes, and where the values of its members stand. */
export interface RawObject {
  readonly bytes: Buffer;
  readonly span: Span;
  readonly members: ReadonlyMap<string, Span>;
}

export const HEADER = {
  journeyId: 'x-asya-journey-id',
  startedAt: 'x-asya-started-at',
  hops: 'x-asya-hops',
  fanout: 'x-asya-fanout',
  deadline: 'x-asya-deadline',
} as const;

export const TRACE_HEADERS = ['traceparent', 'tracestate', 'baggage'] as const;

/** What an envelope on its way out has in place of what came in; what is not named stays. */
export interface Edit {
  readonly id?: string;
  readonly parentId?: string;
  readonly current?: number;
  /** The whole route, as bytes; `current` is then not looked at. */
  readonly route?: Buffer;
  /** Headers to use instead of the envelope's own, before `headers` are set. */
  readonly baseHeaders?: RawObject;
  /** Headers to set, by name. */
  readonly headers?: Readonly<Record<string, string | number | boolean | object | null>>;
  readonly payload?: Buffer;
}

export interface ReadOptions {
  /** The most objects and arrays inside each other in a payload. */
  readonly maxNesting: number;
  /** For ends: takes a route in any state, or none, and looks at no deadline. */
  readonly atEnd?: boolean;
}

/** The bytes are no envelope. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
  readonly code: 'parse_error' | 'invalid_envelope';
  constructor(code: 'parse_error' | 'invalid_envelope', message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Reads an envelope in one validating pass.
 * @throws {EnvelopeError} naming the field and the rule
 */
export function readEnvelope(bytes: Buffer, options: ReadOptions): Envelope {
  try {
    return assemble(bytes, readParts(bytes, options), options.atEnd === true);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const code = error.reason === 'nesting' ? 'invalid_envelope' : 'parse_error';
    throw new EnvelopeError(code, error.message, { cause: error });
  }
}

/** The bytes of the payload, as they came in. */
export function payloadOf(envelope: Envelope): Buffer {
  const { start, end } = envelope.layout.payload;
  return envelope.bytes.subarray(start, end);
}

/** Prints an envelope with some of its parts replaced. */
export function encodeEnvelope(envelope: Envelope, edit: Edit): Buffer {
  const { bytes, layout } = envelope;
  const cuts: Cut[] = [];
  const replace = (span: Span | undefined, key: string, value: string | Buffer): void => {
    if (span === undefined) cuts.push(insertion(layout.start + 1, `"${key}":`, value, ','));
    else cuts.push({ ...span, pieces: [value] });
  };
  if (edit.id !== undefined) replace(layout.id, 'id', JSON.stringify(edit.id));
  if (edit.parentId !== undefined) replace(layout.parentId, 'parent_id', JSON.stringify(edit.parentId));
  if (edit.route !== undefined) replace(layout.route, 'route', edit.route);
  else if (edit.current !== undefined && layout.current !== undefined) {
    cuts.push({ ...layout.current, pieces: [String(edit.current)] });
  }
  if (edit.payload !== undefined) replace(layout.payload, 'payload', edit.payload);
  if (edit.baseHeaders !== undefined || edit.headers !== undefined) {
    cutHeaders(layout.headers, edit, replace, cuts);
  }
  return splice(bytes, cuts);
}

const ACTOR_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** Actor names are safe as routing keys (no `#` or `*`) and short enough for every broker. */
export function isActorName(name: string): boolean {
  return ACTOR_NAME.test(name);
}

/** Reads the members of the object at the cursor; of a key that occurs twice, the first. */
export function readRawObject(cursor: Cursor, onDuplicate?: (key: string) => void): RawObject {
  const members = new Map<string, Span>();
  const span = readObject(cursor, (key) => {
    const value = skipValue(cursor);
    if (!members.has(key)) members.set(key, value);
    else onDuplicate?.(key);
  });
  return { bytes: cursor.bytes, span, members };
}

// ── reading ──────────────────────────────────────────────────────────────────────────────────────────────

interface Parts {
  start: number;
  id?: Span;
  parentId?: Span;
  route?: Span;
  actors?: unknown[] | undefined;
  current?: Span;
  headers?: RawObject | Span;
  payload?: Span;
}

function readParts(bytes: Buffer, { maxNesting, atEnd = false }: ReadOptions): Parts {
  // A payload is one level down; an error envelope keeps its original one level further.
  const cursor = openJson(bytes, maxNesting + (atEnd ? 2 : 1));
  const parts: Parts = { start: cursor.at };
  const once = refuseDuplicates('');
  if (kindAt(cursor) !== 'object') {
    skipValue(cursor);
    closeJson(cursor);
    throw invalid('envelope must be an object');
  }
  readObject(cursor, (key) => {
    switch (key) {
      case 'id':
        once(key);
        parts.id = skipValue(cursor);
        break;
      case 'parent_id':
        once(key);
        parts.parentId = skipValue(cursor);
        break;
      case 'payload':
        once(key);
        parts.payload = skipValue(cursor);
        break;
      case 'route':
        once(key);
        readRoute(cursor, parts, atEnd);
        break;
      case 'headers':
        once(key);
        parts.headers = readHeaders(cursor);
        break;
      default:
        skipValue(cursor);
    }
  });
  closeJson(cursor);
  return parts;
}

function readRoute(cursor: Cursor, parts: Parts, atEnd: boolean): void {
  if (kindAt(cursor) !== 'object') {
    if (!atEnd) throw invalid('route must be an object');
    parts.route = skipValue(cursor);
    return;
  }
  const once = refuseDuplicates('route.');
  parts.route = readObject(cursor, (key) => {
    if (key === 'actors') {
      once(key);
      parts.actors = readActors(cursor);
    } else if (key === 'current') {
      once(key);
      parts.current = skipValue(cursor);
    } else if (key === 'metadata') {
      const kind = kindAt(cursor);
      once(key);
      skipValue(cursor);
      if (!atEnd && kind !== 'object' && kind !== 'null') throw invalid('route.metadata must be an object');
    } else {
      skipValue(cursor);
    }
  });
}

/** The elements that are strings, and undefined for each that is not; undefined when it is no array. */
function readActors(cursor: Cursor): unknown[] | undefined {
  if (kindAt(cursor) !== 'array') {
    skipValue(cursor);
    return undefined;
  }
  const actors: unknown[] = [];
  readArray(cursor, () => {
    if (kindAt(cursor) === 'string') actors.push(readString(cursor));
    else actors.push(decodeJson(cursor.bytes, skipValue(cursor)));
  });
  return actors;
}

function readHeaders(cursor: Cursor): RawObject | Span {
  const kind = kindAt(cursor);
  if (kind === 'null') return skipValue(cursor);
  if (kind !== 'object') throw invalid('headers must be an object');
  return readRawObject(cursor, (key) => {
    if (READ_HEADERS.has(key)) throw invalid(`headers.${key} occurs twice`);
  });
}

const READ_HEADERS: ReadonlySet<string> = new Set([...Object.values(HEADER), ...TRACE_HEADERS]);

function refuseDuplicates(prefix: string): (key: string) => void {
  const seen = new Set<string>();
  return (key) => {
    if (seen.has(key)) throw invalid(`${prefix}${key} occurs twice`);
    seen.add(key);
  };
}

function assemble(bytes: Buffer, parts: Parts, atEnd: boolean): Envelope {
  const id = decodeAt(bytes, parts.id);
  if (typeof id !== 'string' || id === '') throw invalid('id must be a non-empty string');
  if (!id.isWellFormed()) throw invalid('id must be well-formed Unicode');
  const parentId = decodeAt(bytes, parts.parentId) ?? undefined;
  if (parentId !== undefined && typeof parentId !== 'string') throw invalid('parent_id must be a string');
  if (parts.payload === undefined) throw invalid('payload is required');
  return {
    bytes,
    id,
    parentId,
    ...(atEnd ? looseRoute(bytes, parts) : strictRoute(bytes, parts)),
    headers: knownHeaders(parts.headers, id, atEnd),
    layout: {
      start: parts.start,
      id: parts.id ?? unreachable(),
      parentId: parts.parentId,
      route: parts.route,
      current: parts.current,
      headers: parts.headers,
      payload: parts.payload,
    },
  };
}

type Route = Pick<Envelope, 'actors' | 'current'>;

function strictRoute(bytes: Buffer, { route, actors, current: span }: Parts): Route {
  if (route === undefined) throw invalid('route is required');
  if (actors === undefined || actors.length === 0) throw invalid('route.actors must be a non-empty array');
  if (!actors.every(isActor)) {
    const index = actors.findIndex((actor) => !isActor(actor));
    throw invalid(`route.actors[${index}] must be an actor's name (${ACTOR_NAME.source})`);
  }
  const current = decodeAt(bytes, span);
  if (!Number.isInteger(current) || typeof current !== 'number' || current < 0 || current >= actors.length) {
    throw invalid(`route.current must be an integer from 0 to ${actors.length - 1}`);
  }
  return { actors, current };
}

function looseRoute(bytes: Buffer, { actors = [], current: span }: Parts): Route {
  const current = decodeAt(bytes, span);
  return { actors: actors.filter(isActor), current: Number.isSafeInteger(current) ? Number(current) : 0 };
}

function isActor(value: unknown): value is string {
  return typeof value === 'string' && isActorName(value);
}

function knownHeaders(headers: RawObject | Span | undefined, id: string, atEnd: boolean): KnownHeaders {
  const raw = headers !== undefined && 'members' in headers ? headers : undefined;
  const read = (name: string): unknown => {
    const span = raw?.members.get(name);
    return raw === undefined || span === undefined ? undefined : decodeJson(raw.bytes, span);
  };
  const journeyId = read(HEADER.journeyId);
  const startedAt = read(HEADER.startedAt);
  const hops = read(HEADER.hops);
  return {
    journeyId: typeof journeyId === 'string' && journeyId !== '' && journeyId.isWellFormed() ? journeyId : id,
    startedAt: typeof startedAt === 'string' && parseDate(startedAt) !== undefined ? startedAt : undefined,
    hops: Number.isSafeInteger(hops) && Number(hops) >= 0 ? Number(hops) : 0,
    fanout: asFanout(read(HEADER.fanout)),
    deadlineMs: atEnd ? undefined : readDeadline(read(HEADER.deadline)),
    trace: readTrace(read),
  };
}

function readTrace(read: (name: string) => unknown): Record<string, string> {
  const trace: Record<string, string> = {};
  for (const name of TRACE_HEADERS) {
    const value = read(name);
    if (typeof value === 'string') trace[name] = value;
  }
  return trace;
}

function readDeadline(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const time = typeof value === 'string' ? parseDate(value) : undefined;
  if (time === undefined) throw invalid(`headers.${HEADER.deadline} must be a date (RFC 3339)`);
  return time;
}

function asFanout(value: unknown): Fanout | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { of, index, total, hop } = value as Record<string, unknown>;
  return typeof of === 'string' && isCount(index) && isCount(total) && isCount(hop)
    ? { of, index, total, hop }
    : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Milliseconds since the epoch of a date as of RFC 3339; undefined when it is none. */
export function parseDate(text: string): number | undefined {
  const time = RFC_3339.test(text) ? Date.parse(text.toUpperCase()) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function decodeAt(bytes: Buffer, span: Span | undefined): unknown {
  return span === undefined ? undefined : decodeJson(bytes, span);
}

function invalid(message: string): EnvelopeError {
  return new EnvelopeError('invalid_envelope', message);
}

function unreachable(): never {
  throw new Error('unreachable');
}

// ── printing ─────────────────────────────────────────────────────────────────────────────────────────────

/** A range of the original, and what stands there instead. */
interface Cut extends Span {
  readonly pieces: readonly (string | Buffer)[];
}

function insertion(at: number, ...pieces: (string | Buffer)[]): Cut {
  return { start: at, end: at, pieces };
}

function cutHeaders(
  own: RawObject | Span | undefined,
  edit: Edit,
  replace: (span: Span | undefined, key: string, value: string | Buffer) => void,
  cuts: Cut[],
): void {
  const set = edit.headers ?? {};
  if (edit.baseHeaders !== undefined || own === undefined || !('members' in own)) {
    const whole = edit.baseHeaders ?? EMPTY_OBJECT;
    const span = own !== undefined && 'members' in own ? own.span : own;
    replace(span, 'headers', splice(whole.bytes, cutMembers(whole, set), whole.span));
  } else {
    cuts.push(...cutMembers(own, set));
  }
}

const EMPTY_OBJECT: RawObject = { bytes: Buffer.from('{}'), span: { start: 0, end: 2 }, members: new Map() };

function cutMembers({ span, members }: RawObject, set: NonNullable<Edit['headers']>): Cut[] {
  const cuts: Cut[] = [];
  const missing: string[] = [];
  for (const [name, value] of Object.entries(set)) {
    const at = members.get(name);
    if (at === undefined) missing.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
    else cuts.push({ ...at, pieces: [JSON.stringify(value)] });
  }
  if (missing.length > 0) {
    cuts.push(insertion(span.start + 1, missing.join(','), members.size > 0 ? ',' : ''));
  }
  return cuts;
}

/** The bytes of `within`, each cut's range replaced by its pieces. Cuts do not overlap. */
function splice(bytes: Buffer, cuts: Cut[], within: Span = { start: 0, end: bytes.length }): Buffer {
  const parts: Buffer[] = [];
  let at = within.start;
  for (const cut of cuts.toSorted((a, b) => a.start - b.start)) {
    parts.push(bytes.subarray(at, cut.start));
    for (const piece of cut.pieces) parts.push(typeof piece === 'string' ? Buffer.from(piece) : piece);
    at = cut.end;
  }
  parts.push(bytes.subarray(at, within.end));
  return Buffer.concat(parts);
}
