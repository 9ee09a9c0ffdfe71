import type { ErrorGroup, Look } from '../../../src/cli/ui/errors/contract.ts';
import { Button } from '../../components/Button.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Spinner } from '../../components/Spinner.tsx';
import { ActionButtons, type ActionControls } from '../actions/ActionButtons.tsx';
import { messages } from '../actions/action.ts';
import { targetOfFilter } from '../actions/actionTarget.ts';
import { isFiltered, type ErrorsAddress } from '../address/errorsAddress.ts';
import type { ErrorData } from '../useErrorData.ts';
import { GroupList } from './GroupList.tsx';

export interface GroupsPartProps {
  readonly address: ErrorsAddress;
  readonly data: ErrorData;
  readonly controls: ActionControls;
  readonly open: (address: ErrorsAddress) => void;
  readonly onOpen: (group: ErrorGroup) => void;
}

/** The groups of errors, and the actions on all messages that match. */
export function GroupsPart({ address, data, controls, open, onOpen }: GroupsPartProps) {
  const groups = data.groups.last;
  if (groups === undefined) return <Spinner label="Counting the messages" />;
  if (groups.groups.length === 0) return <NoMessages {...{ address, look: groups.look }} />;
  return (
    <>
      <div class="errors-bar">
        <span role="status">
          {messages(groups.count)} in {groups.total} {groups.total === 1 ? 'group' : 'groups'}
        </span>
        <Button kind="plain" onClick={() => open({ ...address, show: 'messages', page: 0 })}>
          Show messages
        </Button>
        {groups.count > 0 && (
          <ActionButtons controls={controls} target={targetOfFilter(groups)} isAll />
        )}
      </div>
      <GroupList {...{ address, groups }} onOpen={onOpen} />
    </>
  );
}

interface NoMessagesProps extends Pick<GroupsPartProps, 'address'> {
  readonly look: Look;
}

export function NoMessages({ address, look }: NoMessagesProps) {
  // The notice of the look says why.
  if (look.gap !== undefined && look.count === 0) return <EmptyState title="No message was read" />;
  return isFiltered(address) ? (
    <EmptyState title="No message matches the filter">
      <p>The text is searched in error texts and ids, not in payloads.</p>
    </EmptyState>
  ) : (
    <EmptyState title={address.isParked ? 'No parked messages' : 'No failed messages'} />
  );
}
