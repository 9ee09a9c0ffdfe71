import type { WaitingEnvelopes } from '../../src/cli/ui/journey/contract.ts';
import { Badge } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import { Duration } from '../components/Duration.tsx';
import { formatExact } from '../components/format.ts';
import { OutcomeBadge } from '../components/OutcomeBadge.tsx';
import { visibleText } from '../components/visibleText.ts';
import { percent } from './percent.ts';
import type { VisibleRow } from './rowTree.ts';
import { describeCounts, describeParts, durationOf, nameOf, notesOf, reasonOf } from './rowText.ts';
import type { TimeScale } from './timeScale.ts';

export interface WaterfallRowProps {
  readonly item: VisibleRow;
  readonly index: number;
  readonly scale: TimeScale;
  readonly isTabStop: boolean;
  readonly onToggle: () => void;
  readonly onUnfold: () => void;
  readonly onFocus: () => void;
  readonly onHover: (isOver: boolean) => void;
}

/** Deeper rows are not indented further, so that their names stay readable. */
const MAX_INDENTS = 12;

export function WaterfallRow(props: WaterfallRowProps) {
  const { item, index, scale, isTabStop, onFocus, onHover } = props;
  const { row, hasChildren, isCollapsed } = item;
  return (
    <div
      class="journey-row"
      role="row"
      data-index={index}
      data-kind={row.kind}
      data-failed={row.isFailure}
      aria-level={row.depth + 1}
      aria-expanded={hasChildren ? !isCollapsed : undefined}
      tabIndex={isTabStop ? 0 : -1}
      onFocus={onFocus}
      onMouseEnter={() => onHover(true)}
      onMouseLeave={() => onHover(false)}
    >
      {row.counts === undefined ? (
        <>
          <NameCell {...props} />
          <OutcomeCell item={item} />
          <span class="journey-time-cell" role="gridcell">
            <Duration ms={durationOf(row)} />
          </span>
          <BarCell item={item} scale={scale} />
        </>
      ) : (
        <CountsCell {...props} />
      )}
    </div>
  );
}

function indentOf(depth: number): { readonly '--depth': number } {
  return { '--depth': Math.min(depth, MAX_INDENTS) };
}

function NameCell({ item, onToggle }: WaterfallRowProps) {
  const { row, hasChildren, isCollapsed } = item;
  return (
    <span class="journey-name" role="rowheader" style={indentOf(row.depth)}>
      <button
        type="button"
        class="journey-toggle"
        // The arrow keys of the row do the same.
        tabIndex={-1}
        aria-label={isCollapsed ? 'Expand' : 'Collapse'}
        data-hidden={hasChildren ? undefined : true}
        disabled={!hasChildren}
        onClick={onToggle}
      >
        {isCollapsed ? '▸' : '▾'}
      </button>
      <span class="journey-name-text" title={row.name}>
        {nameOf(row)}
      </span>
      {notesOf(row).map((note) => (
        <span key={note} class="journey-note">
          {note}
        </span>
      ))}
    </span>
  );
}

function OutcomeCell({ item: { row } }: Pick<WaterfallRowProps, 'item'>) {
  const reason = reasonOf(row);
  return (
    <span class="journey-outcome" role="gridcell">
      {row.outcome !== undefined && <OutcomeBadge outcome={row.outcome} />}
      {row.kind === 'runtime_span' && row.isError === true && <Badge kind="bad">error</Badge>}
      {reason !== undefined && <span class="journey-reason">{reason}</span>}
    </span>
  );
}

function BarCell({ item: { row }, scale }: Pick<WaterfallRowProps, 'item' | 'scale'>) {
  return (
    <span class="journey-bars" role="gridcell">
      <span class="journey-lane" aria-hidden="true">
        {scale.breaks.map(({ position, size }) => (
          <span
            key={`break ${position}`}
            class="journey-break"
            style={{ left: percent(position), width: percent(size) }}
          />
        ))}
        {row.parts.map(({ kind, startMs, endMs }, index) => {
          const left = scale.positionOf(startMs);
          const width = scale.positionOf(endMs) - left;
          const style = { left: percent(left), width: percent(width) };
          return <span key={index} class="journey-part" data-kind={kind} style={style} />;
        })}
      </span>
      <span class="visually-hidden">{describeParts(row)}</span>
      {row.message !== undefined && (
        <span class="journey-message" title={row.message}>
          {visibleText(row.message)}
        </span>
      )}
      {row.waiting?.map((waiting) => (
        <span key={waiting.actor} class="journey-waiting">
          {describeWaiting(waiting)}
        </span>
      ))}
    </span>
  );
}

function describeWaiting({ actor, count }: WaitingEnvelopes): string {
  return count === 1
    ? `waiting for ${visibleText(actor)}`
    : `${formatExact(count)} envelopes waiting for ${visibleText(actor)}`;
}

function CountsCell({ item: { row }, scale, onUnfold }: WaterfallRowProps) {
  const { counts, name, depth, kind } = row;
  if (counts === undefined) return null;
  const left = scale.positionOf(counts.startMs);
  const width = scale.positionOf(counts.endMs) - left;
  return (
    <>
      <span class="journey-counts" role="gridcell" style={indentOf(depth)}>
        <span>
          {name !== '' && `${visibleText(name)}: `}
          {describeCounts(kind, counts)}
        </span>
        {kind === 'folded' && <Button onClick={onUnfold}>Show all</Button>}
      </span>
      <span class="journey-bars" role="gridcell">
        <span class="journey-lane" aria-hidden="true">
          <span class="journey-extent" style={{ left: percent(left), width: percent(width) }} />
        </span>
      </span>
    </>
  );
}
