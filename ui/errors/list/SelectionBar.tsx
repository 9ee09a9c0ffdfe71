import type { ErrorRow } from '../../../src/cli/ui/errors/contract.ts';
import { Button } from '../../components/Button.tsx';
import { ActionButtons, type ActionControls } from '../actions/ActionButtons.tsx';
import { messages } from '../actions/action.ts';
import type { ActionTarget } from '../actions/actionTarget.ts';
import { NO_ROWS, pageState, togglePage, type RowSelection } from './rowSelection.ts';

export interface SelectionBarProps {
  readonly selection: RowSelection;
  readonly page: readonly ErrorRow[];
  /** The number of messages that match the filter. */
  readonly matching: number;
  readonly target: ActionTarget | undefined;
  readonly controls: ActionControls;
  readonly onSelect: (selection: RowSelection) => void;
}

/** Selects messages, and acts on the selected ones, or on all that match. */
export function SelectionBar(props: SelectionBarProps) {
  const { selection, page, matching, target, controls, onSelect } = props;
  const state = pageState(selection, page);
  const isAnySelected = selection.kind === 'matching' || selection.rows.size > 0;
  return (
    <div class="errors-bar">
      <label class="errors-page-check">
        <input
          type="checkbox"
          checked={state === 'all'}
          // Preact sets the property of the element.
          indeterminate={state === 'some'}
          onChange={() => onSelect(togglePage(selection, page))}
        />
        Select this page
      </label>
      <span class="number" role="status">
        {isAnySelected ? `${messages(target?.count ?? 0)} selected` : messages(matching)}
      </span>
      {state === 'all' && selection.kind === 'rows' && selection.rows.size < matching && (
        <Button kind="plain" onClick={() => onSelect({ kind: 'matching' })}>
          Select all {messages(matching)}
        </Button>
      )}
      {isAnySelected && (
        <Button kind="plain" onClick={() => onSelect(NO_ROWS)}>
          Select none
        </Button>
      )}
      {target !== undefined && target.count > 0 && (
        <ActionButtons controls={controls} target={target} isAll={!isAnySelected} />
      )}
    </div>
  );
}
