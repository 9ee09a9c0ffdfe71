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
  /** The number of the row in the table, from 1 for its head. */
  readonly position: number;
}

export function HopTableRow({ row, position }: HopTableRowProps) {
  switch (row.kind) {
    case 'hop':
      return <HopCells hop={row.hop} position={position} />;
    case 'dropped':
      return <Gap position={position} text={describeDropped(row.count)} />;
    case 'restart':
      return <Gap position={position} text="The server was started again" />;
  }
}

function HopCells({ hop, position }: { readonly hop: Hop; readonly position: number }) {
  const { time, actor, outcome, id, durationMs, runtimeMs, attempt, code } = hop;
  const detail = visibleText(hopDetail(hop));
  return (
    <tr role="row" aria-rowindex={position} data-failed={code !== undefined}>
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
        <EnvelopeLink id={id} />
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
function Gap({ position, text }: { readonly position: number; readonly text: string }) {
  return (
    <tr role="row" aria-rowindex={position} class="live-gap">
      <td role="cell" colSpan={8}>
        {text}
      </td>
    </tr>
  );
}

function describeDropped(count: number): string {
  return count === 1 ? '1 hop was not received' : `${formatExact(count)} hops were not received`;
}
