import { levelOf, type ActorState } from '../state/actorState.ts';
import { StatusText } from '../StatusText.tsx';
import { cardNumbers, cardTimes } from './cardNumbers.ts';
import type { PlacedNode } from './layout.ts';
import { visibleText } from '../../components/visibleText.ts';

export interface ActorCardProps {
  readonly node: PlacedNode;
  readonly state: ActorState;
  /** The filter leaves it out: the card shows only where the actor is. */
  readonly isFaded: boolean;
  /** The reason of its worst failure is shown elsewhere. */
  readonly isShort: boolean;
  readonly isSelected: boolean;
  /** Whether the tab key stops at this card. */
  readonly isTabStop: boolean;
  readonly onSelect: (name: string) => void;
  readonly onFocus: (name: string) => void;
}

/** An actor or an end in the graph. */
export function ActorCard(props: ActorCardProps) {
  const { node, state, isFaded, isShort, isSelected, isTabStop, onSelect, onFocus } = props;
  const { name, kind, left, top, width, height } = node;
  return (
    <button
      type="button"
      class="pipeline-card"
      data-kind={kind}
      data-level={isFaded ? undefined : levelOf(state)}
      data-faded={isFaded ? true : undefined}
      data-actor={name}
      aria-pressed={isSelected}
      tabIndex={isTabStop ? 0 : -1}
      style={{ left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` }}
      onClick={() => onSelect(name)}
      onFocus={() => onFocus(name)}
    >
      <span class="pipeline-card-name" title={name}>
        {kind !== 'actor' && <EndSymbol kind={kind} />}
        <bdi class="pipeline-card-name-text">{visibleText(name)}</bdi>
      </span>
      {!isFaded && <StatusText {...{ state, isShort }} />}
      {!isFaded && <CardNumbers state={state} />}
      {!isFaded && kind === 'actor' && <CardTimes state={state} />}
    </button>
  );
}

function EndSymbol({ kind }: { readonly kind: 'happy_end' | 'error_end' }) {
  return (
    <span class="pipeline-card-end" aria-hidden="true">
      {kind === 'happy_end' ? '✓' : '✕'}
    </span>
  );
}

function CardNumbers({ state }: { readonly state: ActorState }) {
  return (
    <span class="pipeline-card-numbers">
      {cardNumbers(state.actor).map(({ label, text, isBad }) => (
        <span key={label} class="pipeline-card-number" data-bad={isBad}>
          <span class="pipeline-card-value">{text}</span>
          <span class="pipeline-card-label">{label}</span>
        </span>
      ))}
    </span>
  );
}

/** The times of nearly all messages: 5 % take longer. */
function CardTimes({ state }: { readonly state: ActorState }) {
  const times = cardTimes(state.actor);
  if (times === undefined) return null;
  return (
    <span class="pipeline-card-times" title="P95 of the last minute">
      <span class="pipeline-card-label">P95</span>
      {times.map(({ label, text }) => (
        <span key={label}>
          <span class="pipeline-card-label">{label}</span> {text}
        </span>
      ))}
    </span>
  );
}
