import type { JourneyRow } from '../../src/cli/ui/journey/contract.ts';

/** A row that is visible, with its place in the tree. */
export interface VisibleRow {
  readonly row: JourneyRow;
  readonly hasChildren: boolean;
  readonly isCollapsed: boolean;
}

/** Leaves out the rows below collapsed ones. */
export function visibleRows(
  rows: readonly JourneyRow[],
  collapsed: ReadonlySet<string>,
): readonly VisibleRow[] {
  const visible: VisibleRow[] = [];
  let hiddenBelow = Number.POSITIVE_INFINITY;
  for (const [index, row] of rows.entries()) {
    if (row.depth > hiddenBelow) continue;
    hiddenBelow = Number.POSITIVE_INFINITY;
    const hasChildren = (rows[index + 1]?.depth ?? 0) > row.depth;
    const isCollapsed = hasChildren && collapsed.has(row.key);
    if (isCollapsed) hiddenBelow = row.depth;
    visible.push({ row, hasChildren, isCollapsed });
  }
  return visible;
}

/** What a key does to the row that has the focus, as in the treegrid pattern of WAI-ARIA. */
export type TreeMove =
  | { readonly kind: 'focus'; readonly index: number }
  | { readonly kind: 'toggle' }
  | undefined;

const PAGE = 20;

export function moveOf(key: string, rows: readonly VisibleRow[], index: number): TreeMove {
  const at = rows[index];
  if (at === undefined) return undefined;
  const last = rows.length - 1;
  switch (key) {
    case 'ArrowDown':
      return focus(Math.min(last, index + 1));
    case 'ArrowUp':
      return focus(Math.max(0, index - 1));
    case 'PageDown':
      return focus(Math.min(last, index + PAGE));
    case 'PageUp':
      return focus(Math.max(0, index - PAGE));
    case 'Home':
      return focus(0);
    case 'End':
      return focus(last);
    case 'ArrowRight':
      if (!at.hasChildren) return undefined;
      return at.isCollapsed ? { kind: 'toggle' } : focus(Math.min(last, index + 1));
    case 'ArrowLeft':
      if (at.hasChildren && !at.isCollapsed) return { kind: 'toggle' };
      return focus(parentOf(rows, index));
    default:
      return undefined;
  }
}

function focus(index: number): TreeMove {
  return { kind: 'focus', index };
}

function parentOf(rows: readonly VisibleRow[], index: number): number {
  const depth = rows[index]?.row.depth ?? 0;
  for (let at = index - 1; at >= 0; at--) if ((rows[at]?.row.depth ?? 0) < depth) return at;
  return index;
}
