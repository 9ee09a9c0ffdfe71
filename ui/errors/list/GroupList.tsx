import type { ErrorGroup, ErrorGroups } from '../../../src/cli/ui/errors/contract.ts';
import { useContext } from 'preact/hooks';
import { Badge } from '../../components/Badge.tsx';
import type { Column } from '../../components/column.ts';
import { formatExact } from '../../components/format.ts';
import { LinkContext } from '../../components/LinkContext.ts';
import { RowLink } from '../../components/RowLink.tsx';
import { Table } from '../../components/Table.tsx';
import { Time } from '../../components/Time.tsx';
import { visibleText } from '../../components/visibleText.ts';
import { messages } from '../actions/action.ts';
import { formatErrorsAddress, groupAddress, type ErrorsAddress } from '../address/errorsAddress.ts';

export interface GroupListProps {
  readonly address: ErrorsAddress;
  readonly groups: ErrorGroups;
  readonly onOpen: (group: ErrorGroup) => void;
}

const COUNT: Column<ErrorGroup> = {
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
};

const OTHERS: readonly Column<ErrorGroup>[] = [
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
export function GroupList({ address, groups, onOpen }: GroupListProps) {
  const linkTo = useContext(LinkContext);
  const what: Column<ErrorGroup> = {
    title: 'What failed',
    class: 'errors-what',
    cell: ({ key, code, text }) => (
      <ErrorSummary
        {...{ code, text }}
        href={linkTo('errors', formatErrorsAddress(groupAddress(address, key)))}
      />
    ),
    compare: (a, b) => compareTexts(a.text, b.text),
  };
  const hidden = groups.total - groups.groups.length;
  return (
    <>
      <Table
        label="Groups of equal errors"
        columns={[COUNT, what, ...OTHERS]}
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
  /** Makes the text the link of its row. */
  readonly href?: string;
}

/** What failed, in at most two lines. */
export function ErrorSummary({ code, text, href }: ErrorSummaryProps) {
  const shown = <span class="errors-text">{visibleText(text)}</span>;
  return (
    <span class="errors-summary" title={visibleText(text.slice(0, MAX_TITLE_LENGTH))}>
      {code !== undefined && <Badge kind="bad">{visibleText(code)}</Badge>}{' '}
      {href === undefined ? shown : <RowLink href={href}>{shown}</RowLink>}
    </span>
  );
}

const MAX_TITLE_LENGTH = 500;

function compareTexts(a = '', b = ''): number {
  return a < b ? -1 : Number(a > b);
}
