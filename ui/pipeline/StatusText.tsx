import type { ActorState } from './state/actorState.ts';
import { shapeOf, StatusShape } from './StatusShape.tsx';
import { visibleText } from '../components/visibleText.ts';

export interface StatusTextProps {
  readonly state: ActorState;
  /** The reason of its worst failure is shown elsewhere. */
  readonly isShort: boolean;
}

/** The worst trouble of an actor with the number of the others, or else its readiness. */
export function StatusText({ state, isShort }: StatusTextProps) {
  const { troubles, readiness } = state;
  const [worst] = troubles;
  const detail = worst?.detail === undefined ? '' : `: ${visibleText(worst.detail)}`;
  const text = worst === undefined ? readiness.text : `${worst.text}${detail}`;
  const others = troubles.length - 1;
  return (
    <span class="pipeline-status" data-level={worst?.level} title={text}>
      <StatusShape shape={shapeOf(state)} />
      <span class="pipeline-status-text">
        <strong>{worst?.text ?? readiness.text}</strong>
        {!isShort && detail}
      </span>
      {others > 0 && <span class="pipeline-status-others">+{others}</span>}
    </span>
  );
}
