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
  const members: Member[] = [];
  const cuts: Cut[] = [];
  if (edit.id !== undefined) members.push(['id', JSON.stringify(edit.id)]);
  if (edit.parentId !== undefined) members.push(['parent_id', JSON.stringify(edit.parentId)]);
  if (edit.route !== undefined) members.push(['route', all(edit.route)]);
  else if (edit.current !== undefined && layout.route !== undefined) {
    cutMembers(cuts, layout.route, [['current', String(edit.current)]]);
  }
  if (edit.payload !== undefined) members.push(['payload', all(edit.payload)]);
  if (edit.baseHeaders !== undefined || edit.headers !== undefined) {
    const set = Object.entries(edit.headers ?? {}).map(([name, value]): Member => [
      name,
      JSON.stringify(value),
    ]);
    if (edit.baseHeaders === undefined && layout.headers !== undefined) {
      cutMembers(cuts, layout.headers, set);
    } else {
      const base = edit.baseHeaders ?? EMPTY_OBJECT;
      members.push(['headers', ...splice(base.bytes, cutMembers([], base, set), base.span)]);
    }
  }
  cutMembers(cuts, layout.whole, members);
  return print(splice(bytes, cuts, { start: 0, end: bytes.length }));
}

/** A part of an envelope on its way out: text of ours, or bytes as they came. */
type Piece = string | Slice;

interface Slice extends Span {
  readonly bytes: Buffer;
}

/** A member of an object and its value, as JSON. */
type Member = readonly [key: string, ...json: Piece[]];

/** A range of the original, and what stands there instead. */
interface Cut extends Span {
  readonly pieces: readonly Piece[];
}

const EMPTY_OBJECT: RawObject = { bytes: Buffer.from('{}'), span: { start: 0, end: 2 }, members: new Map() };

function all(bytes: Buffer): Slice {
  return { bytes, start: 0, end: bytes.length };
}

/** Adds the cuts that give an object these members: values replaced where they stand, new members before the first. */
function cutMembers(cuts: Cut[], object: RawObject, set: readonly Member[]): Cut[] {
  const added: Piece[] = [];
  for (const [key, ...json] of set) {
    const at = object.members.get(key);
    if (at !== undefined) cuts.push({ start: at.start, end: at.end, pieces: json });
    else added.push(`${added.length > 0 ? ',' : ''}${JSON.stringify(key)}:`, ...json);
  }
  if (added.length > 0) {
    if (object.members.size > 0) added.push(',');
    const start = object.span.start + 1;
    cuts.push({ start, end: start, pieces: added });
  }
  return cuts;
}

/** The bytes of `within`, each cut's range replaced by its pieces. Cuts do not overlap. */
function splice(bytes: Buffer, cuts: readonly Cut[], within: Span): Piece[] {
  const pieces: Piece[] = [];
  let at = within.start;
  for (const cut of cuts.toSorted((a, b) => a.start - b.start)) {
    pieces.push({ bytes, start: at, end: cut.start }, ...cut.pieces);
    at = cut.end;
  }
  pieces.push({ bytes, start: at, end: within.end });
  return pieces;
}

function print(pieces: readonly Piece[]): Buffer {
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
