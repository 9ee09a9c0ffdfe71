import type { ErrorGroups } from '../../../src/cli/ui/errors/contract.ts';
import type { Client } from '../../client/client.ts';
import { groupsPath } from '../data/lookPaths.ts';
import { useRequest } from '../data/useRequest.ts';
import type { Action } from '../useAction.ts';
import type { ActionTarget } from './actionTarget.ts';
import { DiscardDialog } from './DiscardDialog.tsx';
import { ReplayDialog } from './ReplayDialog.tsx';

export interface ActionDialogsProps {
  readonly action: Action;
  readonly client: Client;
}

/** The dialog of the action that the user has begun. */
export function ActionDialogs({ action, client }: ActionDialogsProps) {
  const { unconfirmed, message, confirm, cancel } = action;
  const failedAt = useFailedAt(client, unconfirmed?.target);
  if (unconfirmed === undefined) return null;
  const { target } = unconfirmed;
  const { look } = target;
  const shared = { target, queue: look.queue, onClose: cancel };
  if (unconfirmed.kind === 'discard') {
    return <DiscardDialog {...shared} folder={look.archiveFolder} onConfirm={() => confirm()} />;
  }
  return (
    <ReplayDialog {...shared} {...{ message, failedAt }} actors={look.actors} onConfirm={confirm} />
  );
}

/** The actors at which the messages failed: those of the rows, or of the groups that match. */
function useFailedAt(client: Client, target: ActionTarget | undefined): readonly string[] {
  const path =
    target !== undefined && 'filter' in target.selection
      ? groupsPath(target.look, target.selection.filter)
      : undefined;
  const groups = useRequest(path, (signal) => client.get<ErrorGroups>(path ?? '', { signal }));
  if (target?.actors !== undefined) return target.actors;
  const actors = (groups.last?.groups ?? []).map(({ actor }) => actor);
  return [...new Set(actors)].filter((actor) => actor !== undefined);
}
