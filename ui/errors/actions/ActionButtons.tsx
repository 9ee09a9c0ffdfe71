import { Button } from '../../components/Button.tsx';
import type { ActionRequest } from './action.ts';
import type { ActionTarget } from './actionTarget.ts';

/** What the user can do with messages now. */
export interface ActionControls {
  /** Why nothing can be changed; undefined if it can. */
  readonly refusal: string | undefined;
  readonly isBusy: boolean;
  readonly begin: (kind: ActionRequest['kind'], target: ActionTarget) => void;
}

export interface ActionButtonsProps {
  readonly controls: ActionControls;
  readonly target: ActionTarget;
  /** Whether these are all messages of a list, without a selection. */
  readonly isAll?: boolean;
  /** Why these messages cannot be replayed. */
  readonly lost?: string | undefined;
}

const BUSY = 'another action is running';

/** The actions on one message, or on several. */
export function ActionButtons(props: ActionButtonsProps) {
  const { controls, target, lost, isAll = false } = props;
  const all = isAll ? ' all' : '';
  const { refusal, isBusy, begin } = controls;
  const reason = refusal ?? (isBusy ? BUSY : undefined);
  const cannotReplay = reason ?? lost;
  return (
    <div class="errors-actions">
      <Button
        {...(isAll ? {} : { kind: 'primary' })}
        disabled={cannotReplay !== undefined}
        title={cannotReplay}
        onClick={() => begin('replay', target)}
      >
        Replay{all} …
      </Button>
      <Button
        kind="danger"
        disabled={reason !== undefined}
        title={reason}
        onClick={() => begin('discard', target)}
      >
        Discard{all} …
      </Button>
      <Button
        disabled={isBusy}
        title={isBusy ? BUSY : 'Downloads the messages as lines of JSON'}
        onClick={() => begin('export', target)}
      >
        Export{all}
      </Button>
    </div>
  );
}
