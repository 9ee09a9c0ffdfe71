import type { Hop } from '../../src/cli/ui/hops/contract.ts';
import { Duration } from '../components/Duration.tsx';
import { EnvelopeLink } from '../components/EnvelopeLink.tsx';
import { formatExact } from '../components/format.ts';
import { OutcomeBadge } from '../components/OutcomeBadge.tsx';
import { Time } from '../components/Time.tsx';
import { visibleText } from '../components/visibleText.ts';
import { hopDetail } from './hopDetail.ts';
import type { HopRow } from './hopLog.ts';

export interface HopTableRowProps {
  readonly row: HopRow;
  /** From 0 for the newest one. */
  readonly index: number;
  /** Whether the Tab key reaches the link of this row; one row of the table at most. */
  readonly isTabStop: boolean;
}

export function HopTableRow({ row, index, isTabStop }: HopTableRowProps) {
  switch (row.kind) {
    case 'hop':
      return <HopCells {...{ hop: row.hop, index, isTabStop }} />;
    case 'dropped':
      return <Gap index={index} text={describeDropped(row.count)} />;
    case 'restart':
      return <Gap index={index} text="The server was started again" />;
  }
}

interface HopCellsProps extends Omit<HopTableRowProps, 'row'> {
  readonly hop: Hop;
}

/** The head of the table is its first row. */
const FIRST_INDEX = 2;

function HopCells({ hop, index, isTabStop }: HopCellsProps) {
  const { time, actor, outcome, id, durationMs, runtimeMs, attempt, code } = hop;
  const detail = visibleText(hopDetail(hop));
  return (
    <tr
      role="row"
      aria-rowindex={index + FIRST_INDEX}
      data-index={index}
      data-failed={code !== undefined}
    >
      <td role="cell" class="live-time">
        <Time time={time} />
      </td>
      <td role="cell" class="live-actor" title={actor}>
        {visibleText(actor)}
      </td>
      <td role="cell" class="live-outcome">
        <OutcomeBadge outcome={outcome} />
      </td>
      <td role="cell" class="live-envelope">
        <EnvelopeLink id={id} tabIndex={isTabStop ? 0 : -1} />
      </td>
      <td role="cell" class="live-duration">
        <Duration ms={durationMs} />
      </td>
      <td role="cell" class="live-runtime">
        <Duration ms={runtimeMs} />
      </td>
      <td role="cell" class="live-attempt number" data-first={attempt === 1}>
        {attempt}
      </td>
      <td role="cell" class="live-next" title={detail}>
        {detail}
      </td>
    </tr>
  );
}

/** A row about hops that are not known. */
function Gap({ index, text }: { readonly index: number; readonly text: string }) {
  return (
    <tr role="row" aria-rowindex={index + FIRST_INDEX} class="live-gap">
      <td role="cell" colSpan={8}>
        {text}
      </td>
    </tr>
  );
}

function describeDropped(count: number): string {
  return count === 1 ? '1 hop was not received' : `${formatExact(count)} hops were not received`;
}
