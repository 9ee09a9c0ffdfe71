import type { ErrorFilter, ErrorRow, Selection } from '../../../src/cli/ui/errors/contract.ts';
import { visibleText } from '../../components/visibleText.ts';
import type { RowSelection } from '../list/rowSelection.ts';
import { messages } from './action.ts';

/** The messages of an action that the user has not confirmed yet. */
export interface ActionTarget {
  readonly selection: Selection;
  readonly count: number;
  /** `12 messages`, or the id of one. */
  readonly subject: string;
  /** Undefined for several messages. */
  readonly single: ErrorRow | undefined;
  /** The actors at which the messages failed, if they are known without a request. */
  readonly actors: readonly string[] | undefined;
}

export function targetOfRow(row: ErrorRow): ActionTarget {
  return targetOfRows([row]);
}

function targetOfRows(rows: readonly ErrorRow[]): ActionTarget {
  const [first] = rows;
  const single = rows.length === 1 ? first : undefined;
  const actors = rows.map(({ actor }) => actor).filter((actor) => actor !== undefined);
  return {
    selection: { rows: rows.map(({ row }) => row) },
    count: rows.length,
    subject: single === undefined ? messages(rows.length) : visibleText(single.id),
    single,
    actors: [...new Set(actors)],
  };
}

/** @param filter with times instead of ages */
export function targetOfFilter(filter: ErrorFilter, count: number): ActionTarget {
  return {
    selection: { filter },
    count,
    subject: messages(count),
    single: undefined,
    actors: undefined,
  };
}

/** The target of a selection; undefined if nothing is selected. */
export function targetOfSelection(
  selection: RowSelection,
  filter: ErrorFilter,
  matching: number,
): ActionTarget | undefined {
  if (selection.kind === 'matching') return targetOfFilter(filter, matching);
  return selection.rows.size === 0 ? undefined : targetOfRows([...selection.rows.values()]);
}
