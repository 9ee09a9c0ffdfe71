import { ACTOR_NAME, isActorName } from './actorName.ts';
import { EnvelopeError, invalidEnvelope } from './envelopeError.ts';
import { isId, KNOWN_HEADER_NAMES, readKnownHeaders, type KnownHeaders } from './headers.ts';
import {
  expectEnd,
  cursorAt,
  decodeJson,
  kindAt,
  createCursor,
  readRawObject,
  skipValue,
  type RawObject,
  type ByteRange,
} from './json/json.ts';
import { JsonError } from './json/jsonError.ts';
import { KnownKeys } from './json/knownKeys.ts';

/**
 * An envelope is what travels between actors, as JSON:
 *
 *   { "id": "env-1", "parent_id": "env-0",
 *     "route": { "actors": ["prep", "infer"], "current": 0, "metadata": {} },
 *     "headers": { "x-asya-hops": 0, … },
 *     "payload": <any JSON> }
 *
 * - *route*: the actors that the envelope visits, and `current`, where it stands.
 * - *hop*: one envelope through one actor. *Journey*: all hops of an envelope and of its fan-out
 *   children.
 * - *end*: a terminal actor, happy-end or error-end.
 *
 * An envelope is kept as the bytes that came in, and where in them its parts stand. It goes out as
 * those bytes with a few ranges replaced (`edit.ts`): nothing else is parsed and printed again, so
 * payload, unknown fields, big numbers and odd white space survive a hop byte for byte.
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

/** Where the parts stand in the bytes. */
export interface Layout {
  readonly root: RawObject;
  /** Undefined only at an end. */
  readonly route: RawObject | undefined;
  readonly headers: RawObject | undefined;
  readonly payload: ByteRange;
}

export interface ReadOptions {
  /** The most objects and arrays inside each other in a payload. */
  readonly maxNesting: number;
  /** For ends: takes a route in any state, or none, and looks at no deadline. */
  readonly isEnd?: boolean;
}

/**
 * Reads an envelope. What is no JSON at all is told before any rule of envelopes.
 * @throws {EnvelopeError} naming the field and the rule
 */
export function readEnvelope(
  bytes: Buffer,
  { maxNesting, isEnd: atEnd = false }: ReadOptions,
): Envelope {
  // A payload is one level down; an error envelope keeps its original one level further.
  const text = readText(bytes, maxNesting + (atEnd ? 2 : 1));
  const { whole } = text;
  const id = readId(whole);
  const parentId = readParentId(whole);
  const payload = whole.members.get('payload');
  if (payload === undefined) throw invalidEnvelope('payload is required');
  const route = partOf(text, 'route', ROUTE_FIELDS, atEnd);
  const headers = partOf(text, 'headers', KNOWN_HEADER_NAMES);
  const { actors, current } = atEnd ? looseRoute(route) : strictRoute(route);
  return {
    bytes,
    id,
    parentId,
    actors,
    current,
    headers: readKnownHeaders(headers, { id, ignoreDeadline: atEnd }),
    layout: { root: whole, route, headers, payload },
  };
}

/** The bytes of the payload, as they came in. */
export function payloadOf({ bytes, layout }: Envelope): Buffer {
  return bytes.subarray(layout.payload.start, layout.payload.end);
}

const FIELDS: ReadonlySet<string> = new Set(['id', 'parent_id', 'route', 'headers', 'payload']);
const ROUTE_FIELDS: ReadonlySet<string> = new Set(['actors', 'current', 'metadata']);
const KNOWN_KEYS = new KnownKeys([...FIELDS, ...ROUTE_FIELDS, ...KNOWN_HEADER_NAMES]);

/** An envelope's JSON, and those of its members that are objects and looked into. */
interface Text {
  readonly whole: RawObject;
  readonly parts: { route?: RawObject; headers?: RawObject };
}

function readText(bytes: Buffer, maxNesting: number): Text {
  try {
    const cursor = createCursor(bytes, maxNesting, KNOWN_KEYS);
    const isObject = kindAt(cursor) === 'object';
    const parts: Text['parts'] = {};
    const readMember = (key: string): ByteRange => {
      if ((key !== 'route' && key !== 'headers') || kindAt(cursor) !== 'object')
        return skipValue(cursor);
      const part = readRawObject(cursor);
      parts[key] = part;
      return part.range;
    };
    const whole = isObject ? readRawObject(cursor, readMember) : skipValue(cursor);
    expectEnd(cursor);
    if (!('members' in whole)) throw invalidEnvelope('envelope must be an object');
    refuseDuplicates(whole, FIELDS, '');
    return { whole, parts };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const code = error.reason === 'nesting' ? 'invalid_envelope' : 'parse_error';
    throw new EnvelopeError(code, error.message, { cause: error });
  }
}

/**
 * The object at a key of the envelope; undefined when it is absent or, where anything goes, no
 * object.
 */
function partOf(
  { whole, parts }: Text,
  key: keyof Text['parts'],
  fields: ReadonlySet<string>,
  anythingGoes = false,
): RawObject | undefined {
  const span = whole.members.get(key);
  const part = parts[key];
  if (part !== undefined) refuseDuplicates(part, fields, `${key}.`);
  else if (span !== undefined && !anythingGoes && kindAt(cursorAt(whole.bytes, span)) !== 'null') {
    throw invalidEnvelope(`${key} must be an object`);
  }
  return part;
}

/** Two parsers must not see two envelopes: what is read must not occur twice. */
function refuseDuplicates(
  { duplicates }: RawObject,
  fields: ReadonlySet<string>,
  prefix: string,
): void {
  const duplicate = duplicates.find((key) => fields.has(key));
  if (duplicate !== undefined) throw invalidEnvelope(`${prefix}${duplicate} occurs twice`);
}

function readId(whole: RawObject): string {
  const id = decodeMember(whole, 'id');
  if (isId(id)) return id;
  const rule = typeof id === 'string' && id !== '' ? 'well-formed Unicode' : 'a non-empty string';
  throw invalidEnvelope(`id must be ${rule}`);
}

function readParentId(whole: RawObject): string | undefined {
  const parentId = decodeMember(whole, 'parent_id') ?? undefined;
  if (parentId === undefined || typeof parentId === 'string') return parentId;
  throw invalidEnvelope('parent_id must be a string');
}

type Route = Pick<Envelope, 'actors' | 'current'>;

function strictRoute(route: RawObject | undefined): Route {
  if (route === undefined) throw invalidEnvelope('route is required');
  const actors = decodeMember(route, 'actors');
  if (!Array.isArray(actors) || actors.length === 0) {
    throw invalidEnvelope('route.actors must be a non-empty array');
  }
  if (!actors.every(isActorName)) {
    const index = actors.findIndex((actor) => !isActorName(actor));
    throw invalidEnvelope(`route.actors[${index}] must be an actor's name (${ACTOR_NAME.source})`);
  }
  const current = decodeMember(route, 'current');
  if (typeof current !== 'number' || actors[current] === undefined) {
    throw invalidEnvelope(`route.current must be an integer from 0 to ${actors.length - 1}`);
  }
  const metadata = route.members.get('metadata');
  if (metadata !== undefined && !isObjectOrNull(route.bytes, metadata)) {
    throw invalidEnvelope('route.metadata must be an object');
  }
  return { actors, current };
}

function looseRoute(route: RawObject | undefined): Route {
  const actors = route && decodeMember(route, 'actors');
  const current = route && decodeMember(route, 'current');
  return {
    actors: Array.isArray(actors) ? actors.filter(isActorName) : [],
    current: Number.isSafeInteger(current) ? Number(current) : 0,
  };
}

function decodeMember({ bytes, members }: RawObject, key: string): unknown {
  const span = members.get(key);
  return span === undefined ? undefined : decodeJson(bytes, span);
}

function isObjectOrNull(bytes: Buffer, span: ByteRange): boolean {
  const kind = kindAt(cursorAt(bytes, span));
  return kind === 'object' || kind === 'null';
}
