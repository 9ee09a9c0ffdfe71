import { useState } from 'preact/hooks';
import type { ErrorMessage, ReplayRequest } from '../../src/cli/ui/errors/contract.ts';
import type { ViewProps } from '../app/view.ts';
import type { ActionRequest } from './actions/action.ts';
import type { ActionControls } from './actions/ActionButtons.tsx';
import { focusResults } from './actions/ActionResults.tsx';
import type { ActionRunner } from './actions/actionRunner.ts';
import type { ActionTarget } from './actions/actionTarget.ts';
import { readMessage } from './data/readMessage.ts';
import { useRequest, type Requested } from './data/useRequest.ts';

/** An action that the user has begun, and has to confirm. */
export interface Unconfirmed {
  readonly kind: 'replay' | 'discard';
  readonly target: ActionTarget;
}

export interface Action {
  readonly controls: ActionControls;
  readonly unconfirmed: Unconfirmed | undefined;
  /** The single message of a replay that is not confirmed. */
  readonly message: Requested<ErrorMessage> | undefined;
  readonly confirm: (replay?: Omit<ReplayRequest, 'selection'>) => void;
  readonly cancel: () => void;
}

const READ_ONLY = 'the server was started with --read-only';

/** Begins actions, has the user confirm them, and runs them. */
export function useAction(
  { client, session }: Pick<ViewProps, 'client' | 'session'>,
  actions: ActionRunner,
): Action {
  const [unconfirmed, setUnconfirmed] = useState<Unconfirmed>();
  const replayed = unconfirmed?.kind === 'replay' ? unconfirmed.target : undefined;
  const { look, single } = replayed ?? {};
  const message = useRequest(look && single && JSON.stringify([look.id, single.row]), (signal) => {
    if (look === undefined || single === undefined) throw new Error('no message is selected');
    return readMessage(client, look, single, signal);
  });
  return {
    controls: {
      refusal: session.isReadOnly ? READ_ONLY : undefined,
      isBusy: actions.running !== undefined,
      begin: (kind, target) => {
        if (kind === 'export') runAction(actions, kind, target);
        else setUnconfirmed({ kind, target });
      },
    },
    unconfirmed,
    message: single === undefined ? undefined : message,
    confirm: (replay) => {
      if (unconfirmed !== undefined) {
        runAction(actions, unconfirmed.kind, unconfirmed.target, replay);
      }
      setUnconfirmed(undefined);
      // After the dialog has returned the focus to its button.
      setTimeout(focusResults);
    },
    cancel: () => setUnconfirmed(undefined),
  };
}

function runAction(
  actions: ActionRunner,
  kind: ActionRequest['kind'],
  { look, selection, subject, single, count }: ActionTarget,
  replay?: ActionRequest['replay'],
): void {
  const request = { kind, selection, subject, queue: look.queue };
  const more = { ...(single && { single }), ...(replay && { replay }) };
  void actions.run(look.id, { ...request, ...more }, count);
}
