import type { ErrorRow } from '../../../src/cli/ui/errors/contract.ts';
import { Button } from '../../components/Button.tsx';
import { Spinner } from '../../components/Spinner.tsx';
import type { ActionControls } from '../actions/ActionButtons.tsx';
import type { ActionTarget } from '../actions/actionTarget.ts';
import type { ErrorsAddress } from '../address/errorsAddress.ts';
import type { ErrorData } from '../useErrorData.ts';
import { ErrorSummary } from './GroupList.tsx';
import { NoMessages } from './GroupsPart.tsx';
import { MessageList } from './MessageList.tsx';
import { Pager } from './Pager.tsx';
import { toggleRow, type RowSelection } from './rowSelection.ts';
import { SelectionBar } from './SelectionBar.tsx';

export interface MessagesPartProps {
  readonly address: ErrorsAddress;
  readonly data: ErrorData;
  readonly selection: RowSelection;
  /** The row of the open message, if this page has it. */
  readonly current: ErrorRow | undefined;
  readonly target: ActionTarget | undefined;
  readonly controls: ActionControls;
  readonly open: (address: ErrorsAddress, isReplacing?: boolean) => void;
  readonly onSelect: (selection: RowSelection) => void;
  readonly onOpen: (row: ErrorRow) => void;
}

/** The messages of a group, or all that match. */
export function MessagesPart(props: MessagesPartProps) {
  const { address, data, selection, current, target, controls, open, onSelect, onOpen } = props;
  const list = data.rows.last;
  return (
    <>
      <GroupHead {...{ address, data, open }} />
      {list === undefined && data.rows.kind === 'loading' && <Spinner label="Reading the list" />}
      {list?.count === 0 && <NoMessages {...{ address, look: list.look }} />}
      {list !== undefined && list.count > 0 && (
        <>
          <SelectionBar
            {...{ selection, target, controls, onSelect }}
            page={list.rows}
            matching={data.groups.last?.count ?? list.count}
          />
          <MessageList
            {...{ address, selection, onOpen }}
            rows={list.rows}
            open={current?.row}
            onToggle={(row, isRange) => onSelect(toggleRow(selection, row, list.rows, isRange))}
          />
          <Pager
            page={address.page}
            count={list.count}
            onPage={(page) => open({ ...address, page, message: undefined }, true)}
          />
        </>
      )}
    </>
  );
}

/** Which messages the list has, and the way back to the groups. */
function GroupHead({ address, data, open }: Pick<MessagesPartProps, 'address' | 'data' | 'open'>) {
  const { group: _, ...filter } = address.filter;
  const back = (): void =>
    open({ ...address, filter, show: 'groups', page: 0, message: undefined });
  const group = data.groups.last?.groups.find(({ key }) => key === address.filter.group);
  return (
    <div class="errors-group-head">
      <Button kind="plain" onClick={back}>
        ← Groups
      </Button>
      {group === undefined ? (
        <h2>Messages</h2>
      ) : (
        <h2 class="errors-group-title">
          <ErrorSummary code={group.code} text={group.text} />
        </h2>
      )}
    </div>
  );
}
