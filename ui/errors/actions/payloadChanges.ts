import { formatJson } from '../../components/json/formatJson.ts';
import { readMembers } from '../../components/json/jsonMembers.ts';
import { lineOf } from '../../components/json/jsonText.ts';
import { scanValue, skipSpace, type JsonValue } from '../../components/json/jsonScanner.ts';

/** A value that differs; undefined on the side that does not have it. */
export interface PayloadChange {
  /** JSON Pointer (RFC 6901); empty for the whole payload. */
  readonly pointer: string;
  /** One line. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Each level of nesting is scanned again. */
const MAX_LEVEL = 50;

/**
 * Returns the first differences between two JSON texts. White space does not count; a number with
 * other digits does.
 */
export function payloadChanges(before: string, after: string, limit: number): PayloadChange[] {
  const changes: PayloadChange[] = [];
  const pending: Pair[] = [{ pointer: '', level: 0, before: rootOf(before), after: rootOf(after) }];
  let pair = pending.pop();
  while (pair !== undefined && changes.length < limit) {
    const parts = pair.level < MAX_LEVEL ? pairMembers(before, after, pair) : undefined;
    if (parts !== undefined) pending.push(...parts.toReversed());
    else if (!isSame(before, after, pair)) {
      const line = (text: string, value: JsonValue | undefined): string | undefined =>
        value && describeValue(text, value);
      const { pointer } = pair;
      changes.push({ pointer, before: line(before, pair.before), after: line(after, pair.after) });
    }
    pair = pending.pop();
  }
  return changes;
}

interface Pair {
  readonly pointer: string;
  readonly level: number;
  readonly before: JsonValue | undefined;
  readonly after: JsonValue | undefined;
}

function rootOf(text: string): JsonValue {
  return scanValue(text, skipSpace(text, 0));
}

/** The members of two objects by their keys, or of two arrays by their positions. */
function pairMembers(beforeText: string, afterText: string, pair: Pair): Pair[] | undefined {
  const { before, after, pointer, level } = pair;
  if (before === undefined || after === undefined || before.kind !== after.kind) return undefined;
  if (before.kind !== 'object' && before.kind !== 'array') return undefined;
  const left = membersByKey(beforeText, before);
  const right = membersByKey(afterText, after);
  return [...new Set([...left.keys(), ...right.keys()])].map((key) => ({
    pointer: `${pointer}/${key}`,
    level: level + 1,
    before: left.get(key),
    after: right.get(key),
  }));
}

/** By the escaped key of a pointer; the last one of equal keys counts, as for most readers. */
function membersByKey(text: string, container: JsonValue): ReadonlyMap<string, JsonValue> {
  const members = readMembers(text, container, Number.POSITIVE_INFINITY);
  return new Map(
    members.map(({ key, index, value }) => [
      key === undefined ? String(index) : key.replaceAll('~', '~0').replaceAll('/', '~1'),
      value,
    ]),
  );
}

function isSame(beforeText: string, afterText: string, { before, after }: Pair): boolean {
  if (before === undefined || after === undefined) return false;
  const left = beforeText.slice(before.start, before.end);
  const right = afterText.slice(after.start, after.end);
  return left === right || formatJson(left) === formatJson(right);
}

function describeValue(text: string, value: JsonValue): string {
  if (value.kind === 'object')
    return `{ ${value.count} ${value.count === 1 ? 'member' : 'members'} }`;
  if (value.kind === 'array') return `[ ${value.count} ${value.count === 1 ? 'item' : 'items'} ]`;
  return lineOf(text, value);
}
