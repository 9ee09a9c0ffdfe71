import type { ErrorGroup, ErrorGroups } from '../../../src/cli/ui/errors/contract.ts';
import { Badge } from '../../components/Badge.tsx';
import type { Column } from '../../components/column.ts';
import { formatExact } from '../../components/format.ts';
import { Table } from '../../components/Table.tsx';
import { Time } from '../../components/Time.tsx';
import { visibleText } from '../../components/visibleText.ts';
import { messages } from '../actions/action.ts';

export interface GroupListProps {
  readonly groups: ErrorGroups;
  readonly onOpen: (group: ErrorGroup) => void;
}

const COLUMNS: readonly Column<ErrorGroup>[] = [
  {
    title: 'Messages',
    align: 'end',
    class: 'errors-count',
    cell: ({ count, gone = 0 }) => (
      <>
        <span class={count === 0 ? 'number hint' : 'number'}>{formatExact(count)}</span>
        {gone > 0 && <span class="hint errors-gone">{formatExact(gone)} gone</span>}
      </>
    ),
    compare: (a, b) => a.count - b.count,
  },
  {
    title: 'What failed',
    class: 'errors-what',
    cell: ({ code, text }) => <ErrorSummary code={code} text={text} />,
    compare: (a, b) => compareTexts(a.text, b.text),
  },
  {
    title: 'Actor',
    class: 'errors-actor',
    cell: ({ actor }) => visibleText(actor ?? '–'),
    compare: (a, b) => compareTexts(a.actor, b.actor),
  },
  {
    title: 'First',
    class: 'errors-time errors-wide',
    cell: ({ first }) => <Time time={first} />,
    compare: (a, b) => compareTexts(a.first, b.first),
  },
  {
    title: 'Last',
    class: 'errors-time errors-medium',
    cell: ({ last }) => <Time time={last} />,
    compare: (a, b) => compareTexts(a.last, b.last),
  },
];

/** The groups of equal errors, the largest first. */
export function GroupList({ groups, onOpen }: GroupListProps) {
  const hidden = groups.total - groups.groups.length;
  return (
    <>
      <Table
        label="Groups of equal errors"
        columns={COLUMNS}
        rows={groups.groups}
        rowKey={({ key }) => key}
        onOpen={onOpen}
      />
      {hidden > 0 && (
        <p class="hint">
          {formatExact(hidden)} smaller groups are not shown. A filter shows them; the list of
          messages has all {messages(groups.count)}.
        </p>
      )}
    </>
  );
}

export interface ErrorSummaryProps {
  readonly code: string | undefined;
  readonly text: string;
}

/** What failed, in at most two lines. */
export function ErrorSummary({ code, text }: ErrorSummaryProps) {
  return (
    <span class="errors-summary" title={visibleText(text.slice(0, MAX_TITLE_LENGTH))}>
      {code !== undefined && <Badge kind="bad">{visibleText(code)}</Badge>}{' '}
      <span class="errors-text">{visibleText(text)}</span>
    </span>
  );
}

const MAX_TITLE_LENGTH = 500;

function compareTexts(a = '', b = ''): number {
  return a < b ? -1 : Number(a > b);
}
