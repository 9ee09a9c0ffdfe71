import { isField, usePageKeys } from '../components/usePageKeys.ts';

export interface ErrorKeys {
  readonly step: (step: 1 | -1) => void;
  /** @param row the row with the focus; undefined outside of the list */
  readonly toggle: (row: number | undefined) => void;
  readonly begin: (kind: 'replay' | 'discard') => void;
  readonly close: () => void;
}

/** The keys of the view, while no field and no dialog has the focus. */
export function useErrorKeys(keys: ErrorKeys): void {
  usePageKeys((event) => {
    if (isTaken(event.target)) return;
    const act = actionOf(event, keys);
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

function actionOf({ key, target }: KeyboardEvent, keys: ErrorKeys): (() => void) | undefined {
  switch (key) {
    case 'j':
      return () => keys.step(1);
    case 'k':
      return () => keys.step(-1);
    case 'x':
      return () => keys.toggle(rowOf(target));
    case 'r':
      return () => keys.begin('replay');
    case 'd':
      return () => keys.begin('discard');
    case 'Escape':
      return keys.close;
    default:
      return undefined;
  }
}

/** A text field uses the keys itself; Escape closes an open dialog or popover first. */
function isTaken(target: EventTarget | null): boolean {
  if (document.querySelector('dialog[open], [popover]:popover-open') !== null) return true;
  const isCheck = target instanceof HTMLInputElement && target.type === 'checkbox';
  return !isCheck && isField(target);
}

function rowOf(target: EventTarget | null): number | undefined {
  const row = target instanceof Element ? target.closest('tr')?.querySelector('[data-row]') : null;
  return row instanceof HTMLElement ? Number(row.dataset['row']) : undefined;
}
