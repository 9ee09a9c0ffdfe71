import type {
  ErrorFilter,
  ErrorRow,
  Look,
  Selection,
} from '../../../src/cli/ui/errors/contract.ts';
import { visibleText } from '../../components/visibleText.ts';
import type { RowSelection } from '../list/rowSelection.ts';
import { messages } from './action.ts';

/** The messages of an action that the user has not confirmed yet. */
export interface ActionTarget {
  /** The look that has the rows of the selection; a newer one has other numbers for them. */
  readonly look: Look;
  readonly selection: Selection;
  readonly count: number;
  /** `12 messages`, or the id of one. */
  readonly subject: string;
  /** Undefined for several messages. */
  readonly single: ErrorRow | undefined;
  /** The actors at which the messages failed, if they are known without a request. */
  readonly actors: readonly string[] | undefined;
}

/** All messages that match a filter. */
export interface MatchingMessages {
  readonly look: Look;
  /** With times instead of ages. */
  readonly filter: ErrorFilter;
  readonly count: number;
}

export function targetOfRow(look: Look, row: ErrorRow): ActionTarget {
  return targetOfRows(look, [row]);
}

function targetOfRows(look: Look, rows: readonly ErrorRow[]): ActionTarget {
  const [first] = rows;
  const single = rows.length === 1 ? first : undefined;
  const actors = rows.map(({ actor }) => actor).filter((actor) => actor !== undefined);
  return {
    look,
    selection: { rows: rows.map(({ row }) => row) },
    count: rows.length,
    subject: single === undefined ? messages(rows.length) : visibleText(single.id),
    single,
    actors: [...new Set(actors)],
  };
}

export function targetOfFilter({ look, filter, count }: MatchingMessages): ActionTarget {
  return {
    look,
    selection: { filter },
    count,
    subject: messages(count),
    single: undefined,
    actors: undefined,
  };
}

/**
 * The target of a selection; undefined if nothing is selected.
 * @param look the one of the selected rows
 */
export function targetOfSelection(
  selection: RowSelection,
  look: Look | undefined,
  matching: MatchingMessages | undefined,
): ActionTarget | undefined {
  if (selection.kind === 'matching') return matching && targetOfFilter(matching);
  if (look === undefined || selection.rows.size === 0) return undefined;
  return targetOfRows(look, [...selection.rows.values()]);
}
