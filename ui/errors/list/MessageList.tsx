import type { ErrorRow } from '../../../src/cli/ui/errors/contract.ts';
import { Badge } from '../../components/Badge.tsx';
import type { Column } from '../../components/column.ts';
import { formatBytes } from '../../components/format.ts';
import { Table } from '../../components/Table.tsx';
import { Time } from '../../components/Time.tsx';
import { visibleText } from '../../components/visibleText.ts';
import { ErrorSummary } from './GroupList.tsx';
import { isRowSelected, isSelectable, type RowSelection } from './rowSelection.ts';

export interface MessageListProps {
  readonly rows: readonly ErrorRow[];
  readonly selection: RowSelection;
  /** The row of the open message. */
  readonly open: number | undefined;
  /** Whether the open message needs the space of some columns. */
  readonly isNarrow: boolean;
  readonly onOpen: (row: ErrorRow) => void;
  readonly onToggle: (row: ErrorRow, isRange: boolean) => void;
}

/** One page of messages. */
export function MessageList(props: MessageListProps) {
  const { rows, selection, open, isNarrow, onOpen, onToggle } = props;
  const select: Column<ErrorRow> = {
    title: 'Select',
    class: 'errors-select',
    cell: (row) => (
      <label class="errors-check">
        <input
          type="checkbox"
          aria-label={`Select ${visibleText(row.id)}`}
          checked={isRowSelected(selection, row)}
          disabled={!isSelectable(row)}
          // A change event does not contain the state of the shift key.
          onClick={(event) => onToggle(row, event.shiftKey)}
        />
      </label>
    ),
  };
  return (
    <div class="errors-messages" data-narrow={isNarrow ? true : undefined}>
      <Table
        label="Messages"
        columns={[select, ...COLUMNS]}
        rows={rows}
        rowKey={({ row }) => row}
        onOpen={onOpen}
        currentKey={open}
      />
    </div>
  );
}

const COLUMNS: readonly Column<ErrorRow>[] = [
  {
    title: 'Id',
    class: 'errors-id',
    cell: ({ row, id, gone }) => (
      <span data-row={row}>
        <span class="mono errors-name">{visibleText(id)}</span>{' '}
        {gone !== undefined && <Badge kind={gone === 'missing' ? 'muted' : 'good'}>{gone}</Badge>}
      </span>
    ),
  },
  {
    title: 'What failed',
    class: 'errors-what',
    cell: ({ code, text }) => <ErrorSummary code={code} text={text} />,
  },
  {
    title: 'Actor',
    class: 'errors-actor errors-medium',
    cell: ({ actor }) => visibleText(actor ?? '–'),
  },
  {
    title: 'Attempt',
    align: 'end',
    class: 'errors-wide',
    cell: ({ attempt }) => attempt ?? '–',
  },
  {
    title: 'Size',
    align: 'end',
    class: 'errors-time errors-wide',
    cell: ({ sizeBytes }) => formatBytes(sizeBytes),
  },
  {
    title: 'Failed',
    class: 'errors-time errors-medium',
    cell: ({ failedAt }) => <Time time={failedAt} />,
  },
];
