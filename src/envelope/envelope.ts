import { EnvelopeError, invalidEnvelope } from './envelopeError.ts';
import {
  isEnvelopeId,
  KNOWN_HEADER_NAMES,
  readKnownHeaders,
  type KnownHeaders,
} from './headers.ts';
import {
  createCursor,
  cursorAt,
  decodeMember,
  expectEnd,
  kindAt,
  readRawObject,
  skipValue,
  type ByteRange,
  type RawObject,
} from './json/json.ts';
import { JsonError } from './json/jsonError.ts';
import { KnownKeys } from './json/knownKeys.ts';
import { readRoute, readRouteAtEnd, ROUTE_FIELDS } from './route.ts';

/**
 * A JSON message that travels between actors:
 *
 *   { "id": "env-1", "parent_id": "env-0",
 *     "route": { "actors": ["prep", "infer"], "current": 0, "metadata": {} },
 *     "headers": { "x-asya-hops": 0, … },
 *     "payload": <any JSON> }
 *
 * - *route*: the actors that the envelope visits, and its position `current` among them.
 * - *hop*: one envelope passing through one actor. *Journey*: all hops of an envelope and of its
 *   fan-out children.
 * - *end*: a terminal actor, happy-end or error-end.
 *
 * An envelope keeps the received bytes and the ranges of its parts. An outgoing envelope is those
 * bytes with a few ranges replaced (`edit.ts`). No other part is parsed and printed again, so the
 * payload, unknown fields, large numbers and white space survive a hop byte for byte.
 */
export interface Envelope {
  readonly bytes: Buffer;
  readonly id: string;
  readonly parentId: string | undefined;
  readonly actors: readonly string[];
  /** The index of the current actor. Only at an end may it be outside `actors`. */
  readonly current: number;
  readonly headers: KnownHeaders;
  readonly layout: Layout;
}

/** The ranges of an envelope's parts in its bytes. */
export interface Layout {
  readonly root: RawObject;
  /** Undefined only at an end. */
  readonly route: RawObject | undefined;
  readonly headers: RawObject | undefined;
  readonly payload: ByteRange;
}

export interface ReadOptions {
  /** The deepest nesting of objects and arrays in a payload. */
  readonly maxNesting: number;
  /**
   * End actors accept any route state, or no route, and ignore the deadline and an invalid reply
   * queue.
   * @default false
   */
  readonly isEnd?: boolean;
}

/**
 * Reads an envelope. Invalid JSON is reported before any other error.
 * @throws {EnvelopeError} naming the field and the broken rule
 */
export function readEnvelope(bytes: Buffer, { maxNesting, isEnd = false }: ReadOptions): Envelope {
  // The envelope itself adds one level, an error envelope around the original another one.
  const parsed = parse(bytes, maxNesting + (isEnd ? 2 : 1));
  const { root } = parsed;
  const id = readId(root);
  const parentId = readParentId(root);
  const payload = root.members.get('payload');
  if (payload === undefined) throw invalidEnvelope('payload is required');
  const route = objectOf(parsed, 'route', ROUTE_FIELDS, { acceptAny: isEnd });
  const headers = objectOf(parsed, 'headers', KNOWN_HEADER_NAMES);
  const { actors, current } = isEnd ? readRouteAtEnd(route) : readRoute(route);
  return {
    bytes,
    id,
    parentId,
    actors,
    current,
    headers: readKnownHeaders(headers, { id, isEnd }),
    layout: { root, route, headers, payload },
  };
}

/** Returns the payload as received. */
export function payloadOf({ bytes, layout }: Envelope): Buffer {
  return bytes.subarray(layout.payload.start, layout.payload.end);
}

const FIELDS: ReadonlySet<string> = new Set(['id', 'parent_id', 'route', 'headers', 'payload']);
const KNOWN_KEYS = new KnownKeys([...FIELDS, ...ROUTE_FIELDS, ...KNOWN_HEADER_NAMES]);

/** A parsed envelope with its members that are objects themselves. */
interface ParsedEnvelope {
  readonly root: RawObject;
  readonly objects: { route?: RawObject; headers?: RawObject };
}

function parse(bytes: Buffer, maxNesting: number): ParsedEnvelope {
  try {
    const cursor = createCursor(bytes, maxNesting, KNOWN_KEYS);
    const isObject = kindAt(cursor) === 'object';
    const objects: ParsedEnvelope['objects'] = {};
    const readMember = (key: string): ByteRange => {
      if ((key !== 'route' && key !== 'headers') || kindAt(cursor) !== 'object')
        return skipValue(cursor);
      const object = readRawObject(cursor);
      objects[key] = object;
      return object.range;
    };
    const root = isObject ? readRawObject(cursor, readMember) : skipValue(cursor);
    expectEnd(cursor);
    if (!('members' in root)) throw invalidEnvelope('envelope must be an object');
    rejectDuplicates(root, FIELDS, '');
    return { root, objects };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const code = error.reason === 'nesting' ? 'invalid_envelope' : 'parse_error';
    throw new EnvelopeError(code, error.message, { cause: error });
  }
}

/**
 * Returns the object at a key of the envelope. Returns undefined if the key is absent or null, or,
 * with `acceptAny`, if its value is no object.
 */
function objectOf(
  { root, objects }: ParsedEnvelope,
  key: keyof ParsedEnvelope['objects'],
  fields: ReadonlySet<string>,
  { acceptAny = false } = {},
): RawObject | undefined {
  const range = root.members.get(key);
  const object = objects[key];
  if (object !== undefined) rejectDuplicates(object, fields, `${key}.`);
  else if (range !== undefined && !acceptAny && kindAt(cursorAt(root.bytes, range)) !== 'null') {
    throw invalidEnvelope(`${key} must be an object`);
  }
  return object;
}

/** Rejects a repeated field, of which two parsers might use different values. */
function rejectDuplicates(
  { duplicates }: RawObject,
  fields: ReadonlySet<string>,
  prefix: string,
): void {
  const duplicate = duplicates.find((key) => fields.has(key));
  if (duplicate !== undefined) throw invalidEnvelope(`${prefix}${duplicate} occurs twice`);
}

function readId(root: RawObject): string {
  const id = decodeMember(root, 'id');
  if (isEnvelopeId(id)) return id;
  const rule = typeof id === 'string' && id !== '' ? 'well-formed Unicode' : 'a non-empty string';
  throw invalidEnvelope(`id must be ${rule}`);
}

function readParentId(root: RawObject): string | undefined {
  const parentId = decodeMember(root, 'parent_id') ?? undefined;
  if (parentId === undefined || typeof parentId === 'string') return parentId;
  throw invalidEnvelope('parent_id must be a string');
}
