import { useId } from 'preact/hooks';
import { Button } from '../components/Button.tsx';
import type { RouteRow } from './routeRows.ts';

export type RowAction = 'add' | 'remove' | 'up' | 'down';

export interface RouteEditorRowProps {
  readonly row: RouteRow;
  readonly index: number;
  /** The number of rows. */
  readonly count: number;
  /** The id of the list of suggestions. */
  readonly listId: string;
  readonly error: string | undefined;
  readonly onName: (name: string) => void;
  readonly onAction: (action: RowAction) => void;
}

export function RouteEditorRow(props: RouteEditorRowProps) {
  const { row, index, count, listId, error, onName, onAction } = props;
  const errorId = useId();
  const press = (event: KeyboardEvent): void => {
    const action = actionOf(event, row.name);
    if (action === undefined) return;
    event.preventDefault();
    onAction(action);
  };
  return (
    <li data-field={`actors[${index}]`}>
      <div class="send-route-row">
        <span class="send-route-number hint" aria-hidden="true">
          {index + 1}
        </span>
        <input
          class="input mono"
          list={listId}
          value={row.name}
          aria-label={`Actor ${index + 1} of ${count}`}
          aria-invalid={error === undefined ? undefined : true}
          aria-describedby={error === undefined ? undefined : errorId}
          placeholder="Name of an actor"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => onName(event.currentTarget.value)}
          onKeyDown={press}
        />
        <RowButtons {...props} />
      </div>
      {error !== undefined && (
        <p id={errorId} class="field-error" role="alert">
          {error}
        </p>
      )}
    </li>
  );
}

function RowButtons({ row, index, count, onAction }: RouteEditorRowProps) {
  const name = row.name || `actor ${index + 1}`;
  return (
    <>
      <Button
        label={`Move ${name} up`}
        title="Alt+↑"
        disabled={index === 0}
        onClick={() => onAction('up')}
      >
        ↑
      </Button>
      <Button
        label={`Move ${name} down`}
        title="Alt+↓"
        disabled={index === count - 1}
        onClick={() => onAction('down')}
      >
        ↓
      </Button>
      <Button label={`Remove ${name}`} title="Remove" onClick={() => onAction('remove')}>
        ✕
      </Button>
    </>
  );
}

/** Alt and an arrow key move a row, Enter adds one, and Backspace removes an empty one. */
function actionOf(event: KeyboardEvent, name: string): RowAction | undefined {
  if (event.ctrlKey || event.metaKey || event.isComposing) return undefined;
  if (event.altKey && event.key === 'ArrowUp') return 'up';
  if (event.altKey && event.key === 'ArrowDown') return 'down';
  if (event.altKey) return undefined;
  if (event.key === 'Enter') return 'add';
  return event.key === 'Backspace' && name === '' ? 'remove' : undefined;
}
