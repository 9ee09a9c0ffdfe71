import { useState } from 'preact/hooks';
import type { ErrorMessage, Look, ReplayRequest } from '../../src/cli/ui/errors/contract.ts';
import type { ViewProps } from '../app/view.ts';
import type { ActionRequest } from './actions/action.ts';
import type { ActionControls } from './actions/ActionButtons.tsx';
import { focusResults } from './actions/ActionResults.tsx';
import type { ActionTarget } from './actions/actionTarget.ts';
import { readMessage } from './data/readMessage.ts';
import { useRequest, type Requested } from './data/useRequest.ts';
import type { ErrorsMemory } from './errorsMemory.ts';

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
  look: Look | undefined,
  { actions }: ErrorsMemory,
): Action {
  const [unconfirmed, setUnconfirmed] = useState<Unconfirmed>();
  const single = unconfirmed?.kind === 'replay' ? unconfirmed.target.single : undefined;
  const key = look && single && JSON.stringify([look.id, single.row]);
  const message = useRequest(key, (signal) => {
    if (look === undefined || single === undefined) throw new Error('no message is selected');
    return readMessage(client, look, single, signal);
  });
  const run = (
    kind: ActionRequest['kind'],
    target: ActionTarget,
    replay?: ActionRequest['replay'],
  ): void => {
    if (look === undefined) return;
    const { selection, subject, single, count } = target;
    const request = { kind, selection, subject, queue: look.queue };
    const more = { ...(single && { single }), ...(replay && { replay }) };
    void actions.run(look.id, { ...request, ...more }, count);
  };
  return {
    controls: {
      refusal: session.isReadOnly ? READ_ONLY : undefined,
      isBusy: actions.running !== undefined,
      begin: (kind, target) => {
        if (kind === 'export') run(kind, target);
        else setUnconfirmed({ kind, target });
      },
    },
    unconfirmed,
    message:
      single === undefined || message.last?.row !== single.row
        ? loadingIf(single, message)
        : message,
    confirm: (replay) => {
      if (unconfirmed !== undefined) run(unconfirmed.kind, unconfirmed.target, replay);
      setUnconfirmed(undefined);
      // After the dialog has returned the focus to its button.
      setTimeout(focusResults);
    },
    cancel: () => setUnconfirmed(undefined),
  };
}

/** The message of an earlier action is not that of this one. */
function loadingIf(
  single: ActionTarget['single'],
  message: Requested<ErrorMessage>,
): Requested<ErrorMessage> | undefined {
  if (single === undefined) return undefined;
  return message.kind === 'failed'
    ? { ...message, last: undefined }
    : { kind: 'loading', last: undefined };
}
