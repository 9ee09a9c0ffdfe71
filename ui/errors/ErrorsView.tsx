import { useEffect, useMemo } from 'preact/hooks';
import type { ViewProps } from '../app/view.ts';
import { ActionDialogs } from './actions/ActionDialogs.tsx';
import { ActionResults } from './actions/ActionResults.tsx';
import {
  changeFilter,
  formatErrorsAddress,
  parseErrorsAddress,
  type ErrorsAddress,
} from './address/errorsAddress.ts';
import { FilterBar } from './address/FilterBar.tsx';
import { useArrived } from './data/useArrived.ts';
import { useChanges } from './data/useChanges.ts';
import { ErrorsBody } from './ErrorsBody.tsx';
import { ErrorsHead } from './ErrorsHead.tsx';
import { createErrorsMemory } from './errorsMemory.ts';
import { LookNotices } from './LookNotices.tsx';
import { useAction } from './useAction.ts';
import { useErrorData } from './useErrorData.ts';

/** The failed messages: what failed, each message, and what to do with it. */
export function ErrorsView(props: ViewProps) {
  const { client, params, navigate, kept } = props;
  const memory = kept.get(createErrorsMemory);
  useChanges(memory.looks);
  useChanges(memory.actions);
  const address = useMemo(() => parseErrorsAddress(params), [params.toString()]);
  const { isParked } = address;
  const state = memory.looks.stateOf(isParked);
  const { look, isReading } = state;
  const changes = memory.actions.changeCount;
  const data = useErrorData(client, look, address, changes);
  const arrived = useArrived(client, look);
  const action = useAction(props, memory.actions);
  const refresh = (): void => void memory.looks.read(isParked);
  const open = (next: ErrorsAddress, isReplacing = false): void =>
    navigate('errors', formatErrorsAddress(next), { replace: isReplacing });
  useEffect(() => {
    if (look === undefined && !isReading) refresh();
  }, [isParked]);
  return (
    <>
      <ErrorsHead
        {...{ state, arrived, isParked }}
        onRefresh={refresh}
        onSwitch={(next) => open({ ...address, isParked: next, page: 0, message: undefined })}
      />
      <FilterBar
        {...{ address, look }}
        onChange={(changes) => open(changeFilter(address, changes), true)}
      />
      <ActionResults runner={memory.actions} onRefresh={refresh} />
      <LookNotices {...{ state, data, action }} onRefresh={refresh} />
      {look !== undefined && (
        <ErrorsBody {...{ address, data, changes, open }} controls={action.controls} />
      )}
      <ActionDialogs {...{ action, client }} />
    </>
  );
}
