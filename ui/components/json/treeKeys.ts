import { MEMBERS_AT_ONCE, type Expansion, type JsonRow } from './jsonTree.ts';

export interface TreeMove {
  /** The line that has the focus then. */
  readonly index: number;
  /** The line is expanded, collapsed, or shows more members. */
  readonly isToggle: boolean;
}

/** What a key does in a tree (WAI-ARIA tree view); undefined for other keys. */
export function moveInTree(
  key: string,
  index: number,
  rows: readonly JsonRow[],
  canExpand: (row: JsonRow) => boolean,
): TreeMove | undefined {
  const row = rows[index];
  if (row === undefined) return undefined;
  const to = (target: number): TreeMove => ({
    index: Math.min(Math.max(target, 0), rows.length - 1),
    isToggle: false,
  });
  const toggled: TreeMove = { index, isToggle: true };
  switch (key) {
    case 'ArrowDown':
      return to(index + 1);
    case 'ArrowUp':
      return to(index - 1);
    case 'Home':
      return to(0);
    case 'End':
      return to(rows.length - 1);
    case 'ArrowRight':
      if (!canExpand(row)) return to(index);
      return row.isExpanded ? to(index + (row.value.count > 0 ? 1 : 0)) : toggled;
    case 'ArrowLeft':
      return row.isExpanded ? toggled : to(indexOfParent(rows, index));
    case 'Enter':
    case ' ':
      return toggled;
    default:
      return undefined;
  }
}

function indexOfParent(rows: readonly JsonRow[], index: number): number {
  const level = rows[index]?.level ?? 0;
  const parent = rows.findLastIndex((row, at) => at < index && row.level < level);
  return parent === -1 ? index : parent;
}

/** Expands or collapses a line; a line for hidden members shows the next ones. */
export function toggle(expansion: Expansion, row: JsonRow, canExpand: boolean): Expansion {
  const next = new Map(expansion);
  const { hidden, parent, value } = row;
  if (hidden !== undefined && parent !== undefined) {
    const { start } = parent.value;
    next.set(start, (next.get(start) ?? 0) + MEMBERS_AT_ONCE);
  } else if (next.has(value.start)) next.delete(value.start);
  else if (canExpand) next.set(value.start, MEMBERS_AT_ONCE);
  return next;
}
