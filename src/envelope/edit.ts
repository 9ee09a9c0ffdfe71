import type { Envelope } from './envelope.ts';
import { createCursor, readRawObject, type ByteRange, type RawObject } from './json/json.ts';

/** The changes between a received envelope and an outgoing one. Absent fields stay unchanged. */
export interface Edit {
  readonly id?: string | undefined;
  readonly parentId?: string | undefined;
  /** Ignored if the envelope has no route, which only an end actor accepts. */
  readonly current?: number | undefined;
  /** The encoded route. It takes precedence over `current`. */
  readonly route?: Buffer | undefined;
  /** Headers that replace the envelope's own before `headers` are applied. */
  readonly baseHeaders?: RawObject | undefined;
  /** Headers to set or to remove. Each name occurs once. */
  readonly headers?: readonly HeaderEdit[];
  /** The encoded payload. */
  readonly payload?: Buffer;
}

/** Sets a header, or removes it if the value is undefined. Numbers must be finite. */
export type HeaderEdit = HeaderValue | readonly [name: string, value: undefined];

type HeaderValue = readonly [name: string, value: string | number | boolean | object | null];

/** A member of an object with its new value, encoded or still to be encoded. */
type Member = HeaderValue | readonly [key: string, value: Buffer];

/** Encodes an envelope with an edit applied. All other bytes are copied unchanged. */
export function encodeEnvelope({ bytes, layout }: Envelope, edit: Edit): Buffer {
  const members: Member[] = [];
  const replacements: Replacement[] = [];
  if (edit.id !== undefined) members.push(['id', edit.id]);
  if (edit.parentId !== undefined) members.push(['parent_id', edit.parentId]);
  if (edit.route !== undefined) members.push(['route', edit.route]);
  else if (edit.current !== undefined && layout.route !== undefined) {
    replacements.push(...replaceMembers(layout.route, [['current', edit.current]]));
  }
  if (edit.payload !== undefined) members.push(['payload', edit.payload]);
  const { base, headers } = resolveHeaders(layout.headers, edit);
  if (base !== undefined) {
    members.push(['headers', splice(base.bytes, base.range, replaceMembers(base, headers))]);
  } else if (edit.headers !== undefined) {
    if (layout.headers === undefined) members.push(['headers', Object.fromEntries(headers)]);
    else replacements.push(...replaceMembers(layout.headers, headers));
  }
  replacements.push(...replaceMembers(layout.root, members));
  return splice(bytes, { start: 0, end: bytes.length }, replacements);
}

/** Returns the headers to set, and the object to set them in unless it is the envelope's own. */
function resolveHeaders(
  own: RawObject | undefined,
  { baseHeaders: base, headers = [] }: Edit,
): { readonly base: RawObject | undefined; readonly headers: readonly HeaderValue[] } {
  if (headers.every(hasValue)) return { base, headers };
  const raw = base ?? own;
  const removed = headers.flatMap(([name, value]) => (value === undefined ? [name] : []));
  const isPresent = raw !== undefined && removed.some((name) => raw.members.has(name));
  return {
    base: isPresent ? withoutMembers(raw, removed) : base,
    headers: headers.filter(hasValue),
  };
}

function hasValue(header: HeaderEdit): header is HeaderValue {
  return header[1] !== undefined;
}

/** Encodes an object again without some members. The other values keep their bytes. */
function withoutMembers({ bytes, members }: RawObject, names: readonly string[]): RawObject {
  const pieces: Piece[] = [];
  for (const [key, range] of members) {
    if (names.includes(key)) continue;
    pieces.push(`${pieces.length === 0 ? '{' : ','}${JSON.stringify(key)}:`, { bytes, ...range });
  }
  pieces.push(pieces.length === 0 ? '{}' : '}');
  return readRawObject(createCursor(join(pieces), Number.POSITIVE_INFINITY));
}

/** A part of an outgoing envelope: new text, or a slice of existing bytes. */
type Piece = string | Slice;

interface Slice extends ByteRange {
  readonly bytes: Buffer;
}

/** A range of an envelope and the pieces that replace it. */
interface Replacement extends ByteRange {
  readonly pieces: readonly Piece[];
}

/** Replaces the values of existing members, and inserts new members before the first one. */
function replaceMembers({ members, range }: RawObject, changed: readonly Member[]): Replacement[] {
  const replacements: Replacement[] = [];
  const added: Piece[] = [];
  for (const [key, value] of changed) {
    const existing = members.get(key);
    const piece = encodeValue(value);
    if (existing !== undefined) replacements.push({ ...existing, pieces: [piece] });
    else added.push(`${added.length > 0 ? ',' : ''}${JSON.stringify(key)}:`, piece);
  }
  if (added.length > 0) {
    if (members.size > 0) added.push(',');
    const start = range.start + 1;
    replacements.push({ start, end: start, pieces: added });
  }
  return replacements;
}

function encodeValue(value: Member[1]): Piece {
  const isEncoded = typeof value === 'object' && Buffer.isBuffer(value);
  return isEncoded ? { bytes: value, start: 0, end: value.length } : JSON.stringify(value);
}

/** Copies a range of bytes with replacements, which must not overlap. */
function splice(bytes: Buffer, range: ByteRange, replacements: readonly Replacement[]): Buffer {
  const pieces: Piece[] = [];
  let at = range.start;
  for (const { start, end, pieces: inserted } of replacements.toSorted(byStart)) {
    if (start > at) pieces.push({ bytes, start: at, end: start });
    for (const piece of inserted) pieces.push(piece);
    at = end;
  }
  pieces.push({ bytes, start: at, end: range.end });
  return join(pieces);
}

function byStart(a: ByteRange, b: ByteRange): number {
  return a.start - b.start;
}

function join(pieces: readonly Piece[]): Buffer {
  let sizeBytes = 0;
  for (const piece of pieces) sizeBytes += sizeOf(piece);
  const joined = Buffer.allocUnsafe(sizeBytes);
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece === 'string') at += joined.write(piece, at);
    else at += piece.bytes.copy(joined, at, piece.start, piece.end);
  }
  return joined;
}

function sizeOf(piece: Piece): number {
  return typeof piece === 'string' ? Buffer.byteLength(piece) : piece.end - piece.start;
}
