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
  if (edit.route !== undefined) members.push(['route', edit.route]);
  else if (edit.current !== undefined && layout.route !== undefined) {
    cuts.push(...cutMembers(layout.route, [['current', String(edit.current)]]));
  }
  if (edit.payload !== undefined) members.push(['payload', edit.payload]);
  if (edit.baseHeaders !== undefined || edit.headers !== undefined) {
    const set = Object.entries(edit.headers ?? {}).map(([name, value]): Member => [
      name,
      JSON.stringify(value),
    ]);
    if (edit.baseHeaders === undefined && layout.headers !== undefined) {
      cuts.push(...cutMembers(layout.headers, set));
    } else {
      const base = edit.baseHeaders ?? EMPTY_OBJECT;
      members.push(['headers', splice(base.bytes, cutMembers(base, set), base.span)]);
    }
  }
  cuts.push(...cutMembers(layout.whole, members));
  return splice(bytes, cuts, { start: 0, end: bytes.length });
}

/** A member of an object and its value, as JSON. */
type Member = readonly [key: string, json: string | Buffer];

/** A range of the original, and what stands there instead. */
interface Cut extends Span {
  readonly pieces: readonly (string | Buffer)[];
}

const EMPTY_OBJECT: RawObject = { bytes: Buffer.from('{}'), span: { start: 0, end: 2 }, members: new Map() };

/** The cuts that give an object these members: values replaced where they stand, new members before the first. */
function cutMembers(object: RawObject, set: readonly Member[]): Cut[] {
  const cuts: Cut[] = [];
  const added: (string | Buffer)[] = [];
  for (const [key, json] of set) {
    const at = object.members.get(key);
    if (at !== undefined) cuts.push({ start: at.start, end: at.end, pieces: [json] });
    else added.push(added.length > 0 ? ',' : '', `${JSON.stringify(key)}:`, json);
  }
  if (added.length > 0) {
    if (object.members.size > 0) added.push(',');
    const start = object.span.start + 1;
    cuts.push({ start, end: start, pieces: added });
  }
  return cuts;
}

/** The bytes of `within`, each cut's range replaced by its pieces. Cuts do not overlap. */
function splice(bytes: Buffer, cuts: readonly Cut[], within: Span): Buffer {
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
