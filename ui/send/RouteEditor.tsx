import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useAnnounce } from '../components/Announcer.tsx';
import { Button } from '../components/Button.tsx';
import { RouteEditorRow, type RowAction } from './RouteEditorRow.tsx';
import { addRow, moveRow, removeRow, renameRow, type RouteRows } from './routeRows.ts';
import type { FieldProblem } from './sendForm.ts';

export interface RouteEditorProps {
  readonly rows: RouteRows;
  /** Suggested names; others are allowed too. */
  readonly actors: readonly string[];
  /** The problem of a row, `actors[1]`, or of another field. */
  readonly problem: FieldProblem | undefined;
  readonly onChange: (rows: RouteRows) => void;
}

/** An ordered list of actors. Enter adds an actor, and Alt with an arrow key moves one. */
export function RouteEditor({ rows, actors, problem, onChange }: RouteEditorProps) {
  const listId = useId();
  const list = useRef<HTMLOListElement>(null);
  const announce = useAnnounce();
  const focus = useFocusAfterRender(list);
  const act = (index: number, action: RowAction): void => {
    const next = applyAction(rows, index, action);
    if (next === undefined) return;
    onChange(next.rows);
    focus(next.focus);
    if (next.text !== undefined) announce(next.text);
  };
  return (
    <fieldset class="send-route">
      <legend class="field-label">Route</legend>
      <ol ref={list} class="send-route-rows">
        {rows.map((row, index) => (
          <RouteEditorRow
            key={row.key}
            {...{ row, index, listId }}
            count={rows.length}
            error={problem?.field === `actors[${index}]` ? problem.text : undefined}
            onName={(name) => onChange(renameRow(rows, index, name))}
            onAction={(action) => act(index, action)}
          />
        ))}
      </ol>
      <datalist id={listId}>
        {actors.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <div>
        <Button onClick={() => act(rows.length - 1, 'add')}>Add actor</Button>
      </div>
    </fieldset>
  );
}

interface Applied {
  readonly rows: RouteRows;
  /** The index of the row that gets the focus. */
  readonly focus: number;
  /** For screen readers. */
  readonly text?: string;
}

/** Undefined if nothing changes. */
function applyAction(rows: RouteRows, index: number, action: RowAction): Applied | undefined {
  const name = rows[index]?.name || `actor ${index + 1}`;
  switch (action) {
    case 'add':
      return { rows: addRow(rows, index), focus: index + 1 };
    case 'remove': {
      const left = removeRow(rows, index);
      return { rows: left, focus: Math.min(index, left.length - 1), text: `${name} removed` };
    }
    case 'up':
    case 'down': {
      const by = action === 'up' ? -1 : 1;
      const moved = moveRow(rows, index, by);
      if (moved === rows) return undefined;
      const focus = index + by;
      return { rows: moved, focus, text: `${name} is now ${focus + 1} of ${rows.length}` };
    }
  }
}

/** Returns a function that moves the focus to the field of a row, after the next rendering. */
function useFocusAfterRender(list: { readonly current: HTMLElement | null }) {
  const [wanted, setWanted] = useState<{ readonly index: number }>();
  // Not later, because the next key belongs to the new field.
  useLayoutEffect(() => {
    if (wanted === undefined) return;
    list.current?.querySelectorAll<HTMLInputElement>('input')[wanted.index]?.focus();
  }, [wanted]);
  return (index: number): void => setWanted({ index });
}
