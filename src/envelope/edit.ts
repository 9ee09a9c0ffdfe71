import type { Envelope } from './envelope.ts';
import { createCursor, readRawObject, type RawObject, type ByteRange } from './json/json.ts';
import { BACKSLASH, QUOTE } from './json/tokens.ts';

/** What an envelope on its way out has in place of what came in; what is not named stays. */
export interface Edit {
  readonly id?: string | undefined;
  readonly parentId?: string | undefined;
  /** Stays where there is no route to stand in, which only an end accepts. */
  readonly current?: number | undefined;
  /** The whole route, as bytes; `current` is then not looked at. */
  readonly route?: Buffer | undefined;
  /** Headers to use instead of the envelope's own, before `headers` are set. */
  readonly baseHeaders?: RawObject | undefined;
  /** Headers to set or to remove, each once. */
  readonly headers?: readonly HeaderEdit[];
  readonly payload?: Buffer;
}

/** Numbers are finite. Undefined removes the header. */
export type HeaderEdit = SetHeader | readonly [name: string, value: undefined];

type SetHeader = readonly [name: string, value: string | number | boolean | object | null];

/** Prints an envelope with some of its parts replaced, and those that are missing put in. */
export function encodeEnvelope({ bytes, layout }: Envelope, edit: Edit): Buffer {
  const cuts: Cut[] = [];
  const members: Member[] = [];
  if (edit.id !== undefined) members.push(['id', edit.id]);
  if (edit.parentId !== undefined) members.push(['parent_id', edit.parentId]);
  if (edit.route !== undefined) members.push(['route', edit.route]);
  else if (edit.current !== undefined && layout.route !== undefined) {
    cutMembers(cuts, layout.route, [['current', edit.current]]);
  }
  if (edit.payload !== undefined) members.push(['payload', edit.payload]);
  const { base, headers } = readHeaders(layout.headers, edit);
  if (base !== undefined) {
    members.push(['headers', print(base.bytes, base.range, cutMembers([], base, headers))]);
  } else if (edit.headers !== undefined) {
    if (layout.headers === undefined) members.push(['headers', Object.fromEntries(headers)]);
    else cutMembers(cuts, layout.headers, headers);
  }
  cutMembers(cuts, layout.root, members);
  return print(bytes, { start: 0, end: bytes.length }, cuts);
}

/** The headers to set, and what they are set in, if that is not the envelope's own headers. */
function readHeaders(
  own: RawObject | undefined,
  { baseHeaders: base, headers = [] }: Edit,
): { readonly base: RawObject | undefined; readonly headers: readonly SetHeader[] } {
  if (headers.every(isSet)) return { base, headers };
  const raw = base ?? own;
  const removed = headers.flatMap(([name, value]) => (value === undefined ? [name] : []));
  const isThere = raw !== undefined && removed.some((name) => raw.members.has(name));
  return { base: isThere ? without(raw, removed) : base, headers: headers.filter(isSet) };
}

function isSet(header: HeaderEdit): header is SetHeader {
  return header[1] !== undefined;
}

/** The object without some of its members. The values of the others are the same bytes. */
function without({ bytes, members }: RawObject, names: readonly string[]): RawObject {
  const pieces: Piece[] = ['{'];
  for (const [key, span] of members) {
    if (names.includes(key)) continue;
    append(pieces, `${pieces.length > 1 ? ',' : ''}${JSON.stringify(key)}:`);
    pieces.push({ bytes, ...span });
  }
  append(pieces, '}');
  return readRawObject(createCursor(join(pieces), Number.POSITIVE_INFINITY));
}

/** A part of an envelope on its way out: text of ours, or bytes as they came. */
type Piece = string | Slice;

interface Slice extends ByteRange {
  readonly bytes: Buffer;
}

/** A member of an object and what it is set to: JSON as bytes, or what is printed as JSON. */
type Member = SetHeader | readonly [key: string, value: Buffer];

/** A range of the original, and what stands there instead. */
interface Cut extends ByteRange {
  readonly pieces: readonly Piece[];
}

function pieceOf(value: Member[1]): Piece {
  if (typeof value === 'number') return String(value);
  const isBytes = typeof value === 'object' && Buffer.isBuffer(value);
  return isBytes ? { bytes: value, start: 0, end: value.length } : JSON.stringify(value);
}

/**
 * Adds the cuts that give an object these members: values replaced where they stand, new members
 * before the first.
 */
function cutMembers(
  cuts: Cut[],
  { bytes, members, range: span }: RawObject,
  set: readonly Member[],
): Cut[] {
  const added: Piece[] = [];
  for (const [key, value] of set) {
    const at = members.get(key);
    if (at === undefined) {
      append(added, `${added.length > 0 ? ',' : ''}${JSON.stringify(key)}:`);
      append(added, pieceOf(value));
    } else if (!stands(bytes, at, value)) {
      cuts.push({ start: at.start, end: at.end, pieces: [pieceOf(value)] });
    }
  }
  if (added.length > 0) {
    if (members.size > 0) append(added, ',');
    const start = span.start + 1;
    cuts.push({ start, end: start, pieces: added });
  }
  return cuts;
}

/**
 * Whether a text stands there already, as what a journey carries on does: it need not be printed
 * then.
 */
function stands(bytes: Buffer, { start, end }: ByteRange, value: Member[1]): boolean {
  if (typeof value !== 'string' || value.length !== end - start - 2 || bytes[start] !== QUOTE)
    return false;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code !== bytes[start + 1 + i] || code === BACKSLASH || code > 0x7f) return false;
  }
  return true;
}

/** Texts that follow one another become one, since each is encoded by itself. */
function append(pieces: Piece[], piece: Piece): void {
  const last = pieces.length - 1;
  const before = pieces[last];
  if (typeof piece === 'string' && typeof before === 'string') pieces[last] = before + piece;
  else pieces.push(piece);
}

/** The bytes of `within`, each cut's range replaced by its pieces. Cuts do not overlap. */
function print(bytes: Buffer, within: ByteRange, cuts: readonly Cut[]): Buffer {
  const pieces: Piece[] = [];
  let at = within.start;
  for (const cut of cuts.toSorted((a, b) => a.start - b.start)) {
    if (cut.start > at) pieces.push({ bytes, start: at, end: cut.start });
    for (const piece of cut.pieces) append(pieces, piece);
    at = cut.end;
  }
  pieces.push({ bytes, start: at, end: within.end });
  return join(pieces);
}

function join(pieces: readonly Piece[]): Buffer {
  let sizeBytes = 0;
  for (const piece of pieces) sizeBytes += sizeOf(piece);
  const printed = Buffer.allocUnsafe(sizeBytes);
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece === 'string') at += printed.write(piece, at);
    else at += piece.bytes.copy(printed, at, piece.start, piece.end);
  }
  return printed;
}

function sizeOf(piece: Piece): number {
  return typeof piece === 'string' ? Buffer.byteLength(piece) : piece.end - piece.start;
}
