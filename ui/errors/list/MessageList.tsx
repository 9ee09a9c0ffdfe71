import { useContext } from 'preact/hooks';
import type { ErrorRow } from '../../../src/cli/ui/errors/contract.ts';
import { Badge } from '../../components/Badge.tsx';
import type { Column } from '../../components/column.ts';
import { formatBytes } from '../../components/format.ts';
import { LinkContext } from '../../components/LinkContext.ts';
import { RowLink } from '../../components/RowLink.tsx';
import { Table } from '../../components/Table.tsx';
import { Time } from '../../components/Time.tsx';
import { visibleId, visibleText } from '../../components/visibleText.ts';
import { formatErrorsAddress, type ErrorsAddress } from '../address/errorsAddress.ts';
import { ErrorSummary } from './GroupList.tsx';
import { isRowSelected, isSelectable, type RowSelection } from './rowSelection.ts';

export interface MessageListProps {
  readonly address: ErrorsAddress;
  readonly rows: readonly ErrorRow[];
  readonly selection: RowSelection;
  /** The row of the open message. */
  readonly open: number | undefined;
  readonly onOpen: (row: ErrorRow) => void;
  readonly onToggle: (row: ErrorRow, isRange: boolean) => void;
}

/** One page of messages. */
export function MessageList(props: MessageListProps) {
  const { address, rows, selection, open, onOpen, onToggle } = props;
  const linkTo = useContext(LinkContext);
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
  const id: Column<ErrorRow> = {
    title: 'Id',
    class: 'errors-id',
    cell: ({ row, id, gone }) => (
      <span data-row={row}>
        <RowLink href={linkTo('errors', formatErrorsAddress({ ...address, message: { id, row } }))}>
          <span class="mono errors-name">{visibleId(id)}</span>
        </RowLink>{' '}
        {gone !== undefined && <Badge kind={gone === 'missing' ? 'muted' : 'good'}>{gone}</Badge>}
      </span>
    ),
  };
  return (
    <div class="errors-messages" data-narrow={address.message === undefined ? undefined : true}>
      <Table
        label="Messages"
        columns={[select, id, ...OTHERS]}
        rows={rows}
        rowKey={({ row }) => row}
        onOpen={onOpen}
        currentKey={open}
      />
    </div>
  );
}

const OTHERS: readonly Column<ErrorRow>[] = [
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
