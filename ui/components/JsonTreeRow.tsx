import { formatExact } from './format.ts';
import { keyOf, lineOf, MAX_TEXT_LENGTH, textOf } from './json/jsonText.ts';
import { visibleText } from './visibleText.ts';
import { MEMBERS_AT_ONCE, type JsonRow } from './json/jsonTree.ts';

export interface JsonTreeRowProps {
  readonly row: JsonRow;
  readonly index: number;
  readonly text: string;
  readonly canExpand: boolean;
  readonly isTabStop: boolean;
  readonly onActivate: (index: number) => void;
}

const INDENT_PX = 16;
/** Deeper lines are not indented further. */
const MAX_INDENT_LEVEL = 24;

export function JsonTreeRow(props: JsonTreeRowProps) {
  const { row, index, text, canExpand, isTabStop, onActivate } = props;
  const indent = Math.min(row.level, MAX_INDENT_LEVEL) * INDENT_PX;
  return (
    <div
      class="json-row"
      role="treeitem"
      aria-level={row.level}
      aria-expanded={canExpand ? row.isExpanded : undefined}
      tabIndex={isTabStop ? 0 : -1}
      data-index={index}
      style={{ paddingLeft: `${indent}px` }}
      onClick={() => onActivate(index)}
    >
      {canExpand && (
        <span class="json-arrow" aria-hidden="true">
          {row.isExpanded ? '▾' : '▸'}
        </span>
      )}
      {row.hidden === undefined ? <Content {...{ row, text }} /> : <More hidden={row.hidden} />}
    </div>
  );
}

function More({ hidden }: { readonly hidden: number }) {
  const next = Math.min(hidden, MEMBERS_AT_ONCE);
  return (
    <span class="json-more">
      Show {next} more of {formatExact(hidden)}
    </span>
  );
}

function Content({ row, text }: Pick<JsonTreeRowProps, 'row' | 'text'>) {
  const { key, parent, index, level, isDuplicate } = row;
  return (
    <>
      {level > MAX_INDENT_LEVEL && <span class="json-note">{level} </span>}
      {key !== undefined && <span class="json-key">{visibleText(keyOf(key))}: </span>}
      {key === undefined && parent !== undefined && <span class="json-index">{index}: </span>}
      <Value {...{ row, text }} />
      {isDuplicate && <span class="json-note"> duplicate key</span>}
    </>
  );
}

function Value({ row, text }: Pick<JsonTreeRowProps, 'row' | 'text'>) {
  const { value, isExpanded } = row;
  if (value.kind === 'object' || value.kind === 'array') return <Container row={row} />;
  if (isExpanded) return <ExpandedString {...{ row, text }} />;
  return <span class={`json-${value.kind}`}>{visibleText(lineOf(text, value))}</span>;
}

function Container({ row }: Pick<JsonTreeRowProps, 'row'>) {
  const { kind, count } = row.value;
  const [open, close] = kind === 'object' ? ['{', '}'] : ['[', ']'];
  if (count === 0) return <span class="json-bracket">{`${open}${close}`}</span>;
  const unit = kind === 'object' ? ['key', 'keys'] : ['item', 'items'];
  return (
    <>
      <span class="json-bracket">{row.isExpanded ? open : `${open}…${close}`}</span>
      <span class="json-note">
        {' '}
        {formatExact(count)} {count === 1 ? unit[0] : unit[1]}
      </span>
    </>
  );
}

function ExpandedString({ row, text }: Pick<JsonTreeRowProps, 'row' | 'text'>) {
  const { value } = row;
  const length = value.end - value.start - 2;
  return (
    <>
      {length > MAX_TEXT_LENGTH && (
        <span class="json-note">
          the first {formatExact(MAX_TEXT_LENGTH)} of {formatExact(length)} characters
        </span>
      )}
      <span class="json-text">{visibleText(textOf(text, value))}</span>
    </>
  );
}
