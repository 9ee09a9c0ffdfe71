import { readMembers, type JsonMember } from './jsonMembers.ts';
import { scanValue, skipSpace, type JsonValue } from './jsonScanner.ts';

/** The members of a container that are shown at first, and with each click on "more". */
export const MEMBERS_AT_ONCE = 100;
const ROWS_AT_FIRST = 40;
const LEVELS_AT_FIRST = 4;

/** A line of the tree. */
export interface JsonRow {
  readonly parent: JsonRow | undefined;
  readonly level: number;
  /** Undefined in an array and for the root. */
  readonly key: string | undefined;
  readonly index: number;
  readonly value: JsonValue;
  readonly isExpanded: boolean;
  /** An earlier member of the same object has the same key. */
  readonly isDuplicate: boolean;
  /** For the last line of a container with more members: their number. */
  readonly hidden?: number;
}

/** The number of shown members, by the start of an expanded container. */
export type Expansion = ReadonlyMap<number, number>;

/** The tree of a JSON text. Only the members of expanded containers are read. */
export class JsonTreeModel {
  readonly text: string;
  readonly #root: JsonRow;
  /** By the start of the container. */
  readonly #members = new Map<number, { limit: number; members: readonly JsonMember[] }>();

  constructor(text: string) {
    this.text = text;
    const value = scanValue(text, skipSpace(text, 0));
    const leaf = { parent: undefined, key: undefined, isExpanded: false, isDuplicate: false };
    this.#root = { ...leaf, level: 1, index: 0, value };
  }

  /** Expands the outer containers, at most four levels, while they fit into some lines. */
  initialExpansion(): Expansion {
    const expansion = new Map<number, number>();
    let rows = 1;
    let values = [this.#root.value];
    for (let level = 1; level <= LEVELS_AT_FIRST; level += 1) {
      const expanded = values.filter(({ start, count }) => {
        const isExpanded = count > 0 && (level === 1 || rows + count <= ROWS_AT_FIRST);
        if (!isExpanded) return false;
        rows += count;
        expansion.set(start, MEMBERS_AT_ONCE);
        return true;
      });
      values = expanded.flatMap((value) =>
        this.#read(value, MEMBERS_AT_ONCE).map((member) => member.value),
      );
    }
    return expansion;
  }

  /** The visible lines, from top to bottom. */
  rows(expansion: Expansion): readonly JsonRow[] {
    const rows: JsonRow[] = [];
    const pending = [this.#root];
    let row = pending.pop();
    while (row !== undefined) {
      const shown = row.hidden === undefined ? expansion.get(row.value.start) : undefined;
      const isExpanded = shown !== undefined;
      const placed: JsonRow = { ...row, isExpanded };
      rows.push(placed);
      if (isExpanded) pending.push(...this.#children(placed, shown).toReversed());
      row = pending.pop();
    }
    return rows;
  }

  #children(parent: JsonRow, shown: number): JsonRow[] {
    const { value, level } = parent;
    const members = this.#read(value, shown);
    const keys = new Set<string>();
    const rows = members.map(({ key, index, value }): JsonRow => {
      const isDuplicate = key !== undefined && keys.has(key);
      if (key !== undefined) keys.add(key);
      return { parent, level: level + 1, key, index, value, isExpanded: false, isDuplicate };
    });
    const hidden = value.count - members.length;
    const last = rows.at(-1);
    if (hidden > 0 && members.length === shown && last !== undefined)
      rows.push({ ...last, key: undefined, isDuplicate: false, hidden });
    return rows;
  }

  #read(value: JsonValue, limit: number): readonly JsonMember[] {
    if (value.count === 0) return [];
    const known = this.#members.get(value.start);
    if (known?.limit === limit) return known.members;
    const members = readMembers(this.text, value, limit);
    this.#members.set(value.start, { limit, members });
    return members;
  }
}

/** The JSON pointer of a line (RFC 6901); empty for the root. */
export function pointerOf(row: JsonRow): string {
  const tokens: string[] = [];
  for (let at: JsonRow | undefined = row; at?.parent !== undefined; at = at.parent) {
    const token = at.key ?? String(at.index);
    tokens.push(token.replaceAll('~', '~0').replaceAll('/', '~1'));
  }
  return tokens
    .toReversed()
    .map((token) => `/${token}`)
    .join('');
}
