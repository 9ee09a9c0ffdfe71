import { useContext } from 'preact/hooks';
import { Button } from '../../components/Button.tsx';
import { formatExact } from '../../components/format.ts';
import { LinkContext } from '../../components/LinkContext.ts';
import { Notice } from '../../components/Notice.tsx';
import { visibleText } from '../../components/visibleText.ts';
import { describeCanary, type ActionState } from './action.ts';

export interface ActionProgressProps {
  readonly action: ActionState;
  readonly onStop: () => void;
}

const VERBS = { replay: 'Replaying', discard: 'Discarding', export: 'Exporting' } as const;

/** An action that runs. */
export function ActionProgress({ action, onStop }: ActionProgressProps) {
  const { request, progress, canary, waitsFor, phase } = action;
  const { done, left, total } = progress;
  const linkTo = useContext(LinkContext);
  return (
    <div class="errors-progress">
      <p>
        <strong>
          {VERBS[request.kind]} {request.subject}
        </strong>{' '}
        {total > 1 && request.kind !== 'export' && (
          // Each number would be read aloud.
          <span class="number" aria-hidden="true">
            {formatExact(done)} of {formatExact(total)}
            {left > 0 && `, ${formatExact(left)} stay`}
          </span>
        )}
      </p>
      {request.kind !== 'export' && (
        <progress aria-label="Progress" max={Math.max(total, 1)} value={done + left} />
      )}
      {canary !== undefined && (
        <p>
          {describeCanary(action)}{' '}
          <a href={linkTo('journey', { id: canary.id })}>Follow its journey</a>
        </p>
      )}
      {waitsFor !== undefined && <Notice kind="warning">{visibleText(waitsFor)}</Notice>}
      <p class="errors-progress-end">
        <Button onClick={onStop} disabled={phase === 'stopping'}>
          {phase === 'stopping' ? 'Stopping …' : 'Stop'}
        </Button>
        <span class="hint">
          Closing the page stops it before its next message. Other views of the page do not.
        </span>
      </p>
    </div>
  );
}
