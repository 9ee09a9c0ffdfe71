import { useMemo, useState } from 'preact/hooks';
import { Count } from '../components/Count.tsx';
import { Duration } from '../components/Duration.tsx';
import { EnvelopeLink } from '../components/EnvelopeLink.tsx';
import { OutcomeBadge } from '../components/OutcomeBadge.tsx';
import { RowPages } from '../components/rowPages.ts';
import { Table } from '../components/Table.tsx';
import type { Column } from '../components/column.ts';
import { WindowedTable } from '../components/WindowedTable.tsx';

interface Row {
  readonly index: number;
  readonly outcome: string;
}

const OUTCOMES = ['forward', 'end', 'retry', 'give_back', 'error_end', 'parked'];
const ROWS = Array.from({ length: 50_000 }, (_, index): Row => {
  const outcome = OUTCOMES[(index * 5) % OUTCOMES.length] ?? '';
  return { index, outcome };
});
const COLUMNS: readonly Column<Row>[] = [
  { title: 'Id', cell: ({ index }) => <EnvelopeLink id={`order-${index}`} /> },
  {
    title: 'Outcome',
    cell: ({ outcome }) => <OutcomeBadge outcome={outcome} />,
    compare: (a, b) => a.outcome.localeCompare(b.outcome),
  },
  { title: 'Time', align: 'end', cell: ({ index }) => <Duration ms={index * 7.5} /> },
  {
    title: 'Count',
    align: 'end',
    cell: ({ index }) => <Count value={index * 37} />,
    compare: (a, b) => a.index - b.index,
  },
];

/** A short table, and one of 50,000 rows that are loaded by pages. */
export function GalleryTables() {
  const [opened, setOpened] = useState<Row>();
  const [version, setVersion] = useState(0);
  const pages = useMemo(
    () =>
      new RowPages<Row>({
        load: async (offset, limit) => ROWS.slice(offset, offset + limit),
        onChange: () => setVersion((last) => last + 1),
        onError: () => undefined,
      }),
    [],
  );
  return (
    <>
      <p role="status" data-version={version}>
        {opened === undefined ? 'no row' : `row ${opened.index}`}
      </p>
      <Table
        label="Short"
        columns={COLUMNS}
        rows={ROWS.slice(0, 8)}
        rowKey={({ index }) => index}
        onOpen={setOpened}
        currentKey={opened?.index}
      />
      <div style={{ display: 'flex', height: '320px' }}>
        <WindowedTable
          label="Long"
          columns={COLUMNS}
          count={ROWS.length}
          rowAt={(index) => pages.at(index)}
          onShow={(first, end) => pages.show(first, end)}
          onOpen={setOpened}
          currentIndex={opened?.index}
        />
      </div>
    </>
  );
}
