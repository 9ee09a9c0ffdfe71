import { useEffect, useRef, useState } from 'preact/hooks';
import type { ErrorGroup, ErrorRow } from '../../src/cli/ui/errors/contract.ts';
import type { ActionControls } from './actions/ActionButtons.tsx';
import {
  targetOfFilter,
  targetOfRow,
  targetOfSelection,
  type ActionTarget,
} from './actions/actionTarget.ts';
import { groupAddress, type ErrorsAddress } from './address/errorsAddress.ts';
import { GroupsPart } from './list/GroupsPart.tsx';
import { MessagesPart } from './list/MessagesPart.tsx';
import { lastPage } from './list/Pager.tsx';
import { NO_ROWS, toggleRow, type RowSelection } from './list/rowSelection.ts';
import { MessagePanel } from './message/MessagePanel.tsx';
import type { ErrorData } from './useErrorData.ts';
import { useErrorKeys } from './useErrorKeys.ts';

export interface ErrorsBodyProps {
  readonly address: ErrorsAddress;
  readonly data: ErrorData;
  /** The number of actions that have changed a queue. */
  readonly changes: number;
  readonly controls: ActionControls;
  readonly open: (address: ErrorsAddress, isReplacing?: boolean) => void;
}

/** The list of groups or of messages, and the open message. */
export function ErrorsBody(props: ErrorsBodyProps) {
  const { address, data, controls, open } = props;
  const list = data.rows.last;
  const rows = list?.rows ?? NO_ROW_LIST;
  const [selection, setSelection] = useRowSelection(props);
  const { step, close, openRow, openFirst, current } = useOpenRow(props, rows);
  const selected = targetOfSelection(selection, list?.look, data.groups.last);
  const openGroup = ({ key, count }: ErrorGroup): void => {
    if (count === 1) openFirst();
    open(groupAddress(address, key));
  };
  useErrorKeys({
    step,
    close,
    toggle: (number) => {
      const row = rows.find(({ row }) => row === (number ?? current?.row));
      if (row !== undefined) setSelection(toggleRow(selection, row, rows));
    },
    begin: (kind) => {
      const target = address.message === undefined ? selected : targetOfOpen(kind, props, current);
      if (target === undefined || controls.refusal !== undefined || controls.isBusy) return;
      controls.begin(kind, target);
    },
  });
  return (
    <div class="errors-body" data-open={address.message === undefined ? undefined : true}>
      <div class="errors-list">
        {address.show === 'groups' ? (
          <GroupsPart {...{ address, data, controls, open }} onOpen={openGroup} />
        ) : (
          <MessagesPart
            {...{ address, data, selection, current, controls, open }}
            target={selected ?? (data.groups.last && targetOfFilter(data.groups.last))}
            onSelect={setSelection}
            onOpen={openRow}
          />
        )}
      </div>
      {address.message !== undefined && (
        <MessagePanel
          id={address.message.id}
          state={data.message}
          gone={current?.gone}
          controls={controls}
          onStep={step}
          onRetry={data.retryMessage}
          onClose={close}
        />
      )}
    </div>
  );
}

/** The selected rows of the list, until it shows another look or the messages of another filter. */
function useRowSelection({
  data,
  changes,
}: ErrorsBodyProps): [RowSelection, (selection: RowSelection) => void] {
  const { look, filter } = data.rows.last ?? {};
  const list = JSON.stringify([look?.id, filter, changes]);
  const [selected, setSelected] = useState({ list, selection: NO_ROWS });
  const selection = selected.list === list ? selected.selection : NO_ROWS;
  return [selection, (next) => setSelected({ list, selection: next })];
}

/** The open message, unless it is gone, or cannot be replayed: a key does what the buttons do. */
function targetOfOpen(
  kind: 'replay' | 'discard',
  { address, data }: ErrorsBodyProps,
  current: ErrorRow | undefined,
): ActionTarget | undefined {
  const message = data.message.last?.id === address.message?.id ? data.message.last : undefined;
  const row = current ?? message;
  const look = (current === undefined ? message : data.rows.last)?.look;
  if (look === undefined || row === undefined || row.gone !== undefined) return undefined;
  if (kind === 'replay' && message?.lost !== undefined) return undefined;
  return targetOfRow(look, row);
}

const NO_ROW_LIST: readonly ErrorRow[] = [];

interface OpenRow {
  /** The row of the open message, if the page of the list has it. */
  readonly current: ErrorRow | undefined;
  readonly openRow: (row: ErrorRow, isReplacing?: boolean) => void;
  /** Opens the first message of the next list. */
  readonly openFirst: () => void;
  readonly step: (step: 1 | -1) => void;
  readonly close: () => void;
}

/** Opens, changes and closes the open message. Steps continue on the next page. */
function useOpenRow({ address, data, open }: ErrorsBodyProps, rows: readonly ErrorRow[]): OpenRow {
  const { message, page } = address;
  const index = findOpen(rows, message, data.message.last);
  /** The id of a link whose message was opened; the user may have closed it. */
  const linked = useRef<string | undefined>(undefined);
  const arriving = useRef<'first' | 'last' | undefined>(undefined);
  const openRow = ({ id, row }: ErrorRow, isReplacing = false): void =>
    open({ ...address, message: { id, row } }, isReplacing);
  useEffect(() => {
    if (data.rows.kind !== 'ready') return;
    if (isLinkToOne(address, rows) && linked.current !== address.filter.id) {
      linked.current = address.filter.id;
      arriving.current = 'first';
    }
    const row = arriving.current === 'first' ? rows[0] : rows.at(-1);
    if (arriving.current !== undefined && row !== undefined) openRow(row, true);
    arriving.current = undefined;
  }, [data.rows]);
  const step = (by: 1 | -1): void => {
    const next = rows[index + by];
    if (index < 0) return focusRow(rows[by === 1 ? 0 : rows.length - 1]);
    if (next !== undefined) return openRow(next, true);
    const nextPage = page + by;
    if (nextPage < 0 || nextPage > lastPage(data.rows.last?.count ?? 0)) return;
    arriving.current = by === 1 ? 'first' : 'last';
    open({ ...address, page: nextPage }, true);
  };
  const close = (): void => {
    if (message === undefined) return;
    open({ ...address, message: undefined }, true);
    focusRow(rows[index]);
  };
  const openFirst = (): void => {
    arriving.current = 'first';
  };
  return { current: rows[index], openRow, openFirst, step, close };
}

/** Other views link to the messages of an id, usually a single one. */
function isLinkToOne({ filter, message }: ErrorsAddress, rows: readonly ErrorRow[]): boolean {
  return filter.id !== undefined && message === undefined && rows.length === 1;
}

/** The address may have the row of an earlier look, or none. */
function findOpen(
  rows: readonly ErrorRow[],
  message: ErrorsAddress['message'],
  read: ErrorRow | undefined,
): number {
  const isOpen = ({ row, id }: ErrorRow, number: number | undefined): boolean =>
    row === number && id === message?.id;
  const index = rows.findIndex((each) => isOpen(each, message?.row));
  return index >= 0 ? index : rows.findIndex((each) => isOpen(each, read?.row));
}

/** Moves the focus to a row of the list. */
function focusRow(row: ErrorRow | undefined): void {
  const cell = document.querySelector(`.errors-messages [data-row="${row?.row ?? ''}"]`);
  cell?.closest('tr')?.focus();
}
