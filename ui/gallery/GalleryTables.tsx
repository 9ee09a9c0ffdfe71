import { useState } from 'preact/hooks';
import { Button } from '../components/Button.tsx';
import { Count } from '../components/Count.tsx';
import { Duration } from '../components/Duration.tsx';
import { EnvelopeLink } from '../components/EnvelopeLink.tsx';
import { OutcomeBadge } from '../components/OutcomeBadge.tsx';
import { Table } from '../components/Table.tsx';
import type { Column } from '../components/column.ts';

interface Row {
  readonly index: number;
  readonly outcome: string;
}

const OUTCOMES = ['forward', 'end', 'retry', 'give_back', 'error_end', 'parked'];
const ROWS = Array.from({ length: 60 }, (_, index): Row => {
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

/** A table whose rows open. */
export function GalleryTables() {
  const [opened, setOpened] = useState<Row>();
  const [rows, setRows] = useState<readonly Row[]>(ROWS);
  const add = (): void => setRows([{ index: rows.length, outcome: 'end' }, ...rows]);
  return (
    <>
      <p role="status">{opened === undefined ? 'no row' : `row ${opened.index}`}</p>
      <Button onClick={add}>Add a row</Button>
      <Table
        label="Hops"
        columns={COLUMNS}
        rows={rows}
        rowKey={({ index }) => index}
        onOpen={setOpened}
        currentKey={opened?.index}
      />
    </>
  );
}
