import type { Envelope } from './envelope.ts';
import type { RawObject, Span } from './json.ts';

/** What an envelope on its way out has in place of what came in; what is not named stays. */
export interface Edit {
  readonly id?: string;
  readonly parentId?: string;
  /** Stays where there is no route to stand in, which only an end accepts. */
  readonly current?: number;
  /** The whole route, as bytes; `current` is then not looked at. */
  readonly route?: Buffer;
  /** Headers to use instead of the envelope's own, before `headers` are set. */
  readonly baseHeaders?: RawObject;
  /** Headers to set, by name. */
  readonly headers?: Readonly<Record<string, string | number | boolean | object | null>>;
  readonly payload?: Buffer;
}

/** Prints an envelope with some of its parts replaced, and those that are missing put in. */
export function encodeEnvelope({ bytes, layout }: Envelope, edit: Edit): Buffer {
  const cuts: Cut[] = [];
  const members: Member[] = [];
  if (edit.id !== undefined) members.push(['id', JSON.stringify(edit.id)]);
  if (edit.parentId !== undefined) members.push(['parent_id', JSON.stringify(edit.parentId)]);
  if (edit.route !== undefined) members.push(['route', all(edit.route)]);
  else if (edit.current !== undefined && layout.route !== undefined) {
    cutMembers(cuts, layout.route, [['current', String(edit.current)]]);
  }
  if (edit.payload !== undefined) members.push(['payload', all(edit.payload)]);
  if (edit.baseHeaders !== undefined || edit.headers !== undefined) {
    const set = membersOf(edit.headers);
    const base = edit.baseHeaders;
    if (base !== undefined)
      members.push(['headers', all(print(base.bytes, base.span, cutMembers([], base, set)))]);
    else if (layout.headers !== undefined) cutMembers(cuts, layout.headers, set);
    else members.push(['headers', `{${set.map(textOf).join(',')}}`]);
  }
  cutMembers(cuts, layout.whole, members);
  return print(bytes, { start: 0, end: bytes.length }, cuts);
}

/** A part of an envelope on its way out: text of ours, or bytes as they came. */
type Piece = string | Slice;

interface Slice extends Span {
  readonly bytes: Buffer;
}

/** A member of an object and its value, as JSON. */
type Member = readonly [key: string, json: Piece];

/** A range of the original, and what stands there instead. */
interface Cut extends Span {
  readonly pieces: readonly Piece[];
}

function all(bytes: Buffer): Slice {
  return { bytes, start: 0, end: bytes.length };
}

function membersOf(headers: Edit['headers'] = {}): (readonly [key: string, json: string])[] {
  return Object.keys(headers).map((name) => [name, JSON.stringify(headers[name])]);
}

function textOf([key, json]: readonly [key: string, json: string]): string {
  return `${JSON.stringify(key)}:${json}`;
}

/** Adds the cuts that give an object these members: values replaced where they stand, new members before the first. */
function cutMembers(cuts: Cut[], { bytes, members, span }: RawObject, set: readonly Member[]): Cut[] {
  const added: Piece[] = [];
  for (const [key, json] of set) {
    const at = members.get(key);
    if (at === undefined) {
      append(added, `${added.length > 0 ? ',' : ''}${JSON.stringify(key)}:`);
      append(added, json);
    } else if (!stands(bytes, at, json)) {
      cuts.push({ start: at.start, end: at.end, pieces: [json] });
    }
  }
  if (added.length > 0) {
    if (members.size > 0) append(added, ',');
    const start = span.start + 1;
    cuts.push({ start, end: start, pieces: added });
  }
  return cuts;
}

/** Whether a text stands there already, as what a journey carries on does. */
function stands(bytes: Buffer, { start, end }: Span, json: Piece): boolean {
  if (typeof json !== 'string' || json.length !== end - start) return false;
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code !== bytes[start + i] || code > 0x7f) return false;
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
function print(bytes: Buffer, within: Span, cuts: readonly Cut[]): Buffer {
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
