import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { Spinner } from '../components/Spinner.tsx';
import { visibleText } from '../components/visibleText.ts';
import type { LookState } from './data/lookReader.ts';
import type { Action } from './useAction.ts';
import type { ErrorData } from './useErrorData.ts';

export interface LookNoticesProps {
  readonly state: LookState;
  readonly data: ErrorData;
  readonly action: Action;
  readonly onRefresh: () => void;
}

const NOT_FOUND = 404;

/** What the user must know about the look before reading it. */
export function LookNotices({ state, data, action, onRefresh }: LookNoticesProps) {
  const { look, isReading, problem } = state;
  const failed = [data.groups, data.rows].find(({ kind }) => kind === 'failed');
  const isForgotten = failed?.kind === 'failed' && failed.status === NOT_FOUND;
  return (
    <>
      {action.controls.refusal !== undefined && (
        <Notice kind="info">
          Messages cannot be replayed or discarded here: {action.controls.refusal}.
        </Notice>
      )}
      {problem !== undefined && (
        <Notice kind="error" actions={<Button onClick={onRefresh}>Try again</Button>}>
          The queue could not be read: {visibleText(problem)}
          {look !== undefined && '. The page shows what it has read before.'}
        </Notice>
      )}
      {look?.gap !== undefined && <Notice kind="warning">{visibleText(look.gap)}</Notice>}
      {isReading && look === undefined && <Spinner label="Reading the queue" />}
      {isForgotten && !isReading && (
        <Notice kind="warning" actions={<Button onClick={onRefresh}>Refresh</Button>}>
          The server no longer has this list.
        </Notice>
      )}
      {failed?.kind === 'failed' && !isForgotten && (
        <Notice kind="error">{visibleText(failed.problem)}</Notice>
      )}
    </>
  );
}
