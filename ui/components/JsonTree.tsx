import { useMemo, useRef, useState } from 'preact/hooks';
import { CopyButton } from './CopyButton.tsx';
import { findJsonError } from './json/findJsonError.ts';
import { JsonTreeModel, pointerOf, type Expansion, type JsonRow } from './json/jsonTree.ts';
import { isLongString } from './json/jsonText.ts';
import { moveInTree, toggle } from './json/treeKeys.ts';
import { JsonTreeRow } from './JsonTreeRow.tsx';
import { Notice } from './Notice.tsx';
import { hasModifier } from './usePageKeys.ts';

export interface JsonTreeProps {
  /** The name of the tree for screen readers. */
  readonly label: string;
  /** JSON text. What is not JSON is shown as far as it can be read. */
  readonly text: string;
}

/** A JSON text as a tree. Numbers keep their digits, and objects their duplicate keys. */
export function JsonTree({ label, text }: JsonTreeProps) {
  const error = useMemo(() => findJsonError(text), [text]);
  return (
    <div class="json-tree">
      {error !== undefined && (
        <Notice kind="warning">
          Not valid JSON: line {error.line}, column {error.column}: {error.message}.
        </Notice>
      )}
      <Tree key={text} {...{ label, text }} />
    </div>
  );
}

function Tree({ label, text }: JsonTreeProps) {
  const model = useMemo(() => new JsonTreeModel(text), [text]);
  const [expansion, setExpansion] = useState<Expansion>(() => model.initialExpansion());
  const [focused, setFocused] = useState(0);
  const tree = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => model.rows(expansion), [model, expansion]);
  const current = Math.min(focused, rows.length - 1);
  const row = rows[current];
  const canExpand = (it: JsonRow): boolean =>
    it.hidden === undefined && (it.value.count > 0 || isLongString(text, it.value));
  const activate = (index: number): void => {
    const target = rows[index];
    setFocused(index);
    if (target !== undefined) setExpansion((last) => toggle(last, target, canExpand(target)));
  };
  const press = (event: KeyboardEvent): void => {
    const move = moveInTree(event.key, current, rows, canExpand);
    if (move === undefined || hasModifier(event)) return;
    event.preventDefault();
    if (move.isToggle) activate(current);
    else setFocused(move.index);
    tree.current?.querySelector<HTMLElement>(`[data-index="${move.index}"]`)?.focus();
  };
  return (
    <div class="json-box">
      <div ref={tree} class="json-rows" role="tree" aria-label={label} onKeyDown={press}>
        {rows.map((it, index) => (
          <JsonTreeRow
            key={it.hidden === undefined ? it.value.start : `more-${it.parent?.value.start}`}
            {...{ row: it, index, text }}
            canExpand={canExpand(it)}
            isTabStop={index === current}
            onActivate={activate}
          />
        ))}
      </div>
      {row !== undefined && <JsonTreeTools row={row} text={text} />}
    </div>
  );
}

/** Characters; a longer pointer does not fit into the line. */
const MAX_POINTER_LENGTH = 500;

/** Copies the focused line of a tree. */
function JsonTreeTools({ row, text }: { readonly row: JsonRow; readonly text: string }) {
  const { start, end } = row.value;
  const pointer = pointerOf(row);
  return (
    <div class="json-tools">
      <code class="json-pointer">
        {pointer === '' ? 'Whole value' : pointer.slice(0, MAX_POINTER_LENGTH)}
      </code>
      <CopyButton label="Copy value" text={() => text.slice(start, end)} />
      {pointer !== '' && <CopyButton label="Copy pointer" text={pointer} />}
    </div>
  );
}
