import type { ErrorFilter } from '../../../src/cli/ui/errors/contract.ts';
import type { Params } from '../../app/address.ts';

/** What the address of the page says about this view. */
export interface ErrorsAddress {
  readonly isParked: boolean;
  /** `since` is an RFC 3339 time, or an age before the look, such as `6h`. */
  readonly filter: ErrorFilter;
  /** Groups come first; with a group or an id, its messages are shown. */
  readonly show: 'groups' | 'messages';
  /** From 0. */
  readonly page: number;
  /** The open message. Its row is a hint only, because rows change with each look. */
  readonly message: OpenMessage | undefined;
}

export interface OpenMessage {
  readonly id: string;
  readonly row: number | undefined;
}

const FILTER_NAMES = ['text', 'actor', 'code', 'id', 'since', 'until', 'group'] as const;

export function parseErrorsAddress(params: URLSearchParams): ErrorsAddress {
  const filter = Object.fromEntries(
    FILTER_NAMES.map((name) => [name, params.get(name) ?? '']).filter(([, value]) => value !== ''),
  ) as ErrorFilter;
  const id = params.get('message');
  const show = params.get('show') ?? defaultShow(filter);
  return {
    isParked: params.get('queue') === 'parked',
    filter,
    show: show === 'messages' ? 'messages' : 'groups',
    page: Math.max((readNumber(params.get('page')) ?? 1) - 1, 0),
    message: id === null ? undefined : { id, row: readNumber(params.get('row')) },
  };
}

function defaultShow({ group, id }: ErrorFilter): ErrorsAddress['show'] {
  return group === undefined && id === undefined ? 'groups' : 'messages';
}

/** The parameters of an address; default values are left out. */
export function formatErrorsAddress(address: ErrorsAddress): Params {
  const { isParked, filter, show, page, message } = address;
  return {
    queue: isParked ? 'parked' : undefined,
    show: show === defaultShow(filter) ? undefined : show,
    ...filter,
    page: page === 0 ? undefined : String(page + 1),
    message: message?.id,
    row: message?.row === undefined ? undefined : String(message.row),
  };
}

/** The messages of a group. */
export function groupAddress(address: ErrorsAddress, group: string): ErrorsAddress {
  const filter = { ...address.filter, group };
  return { ...address, filter, show: 'messages', page: 0, message: undefined };
}

/** New members of a filter; undefined and an empty text remove one. */
export type FilterChanges = Readonly<Partial<Record<keyof ErrorFilter, string | undefined>>>;

/** Starts at the first page, without an open message. */
export function changeFilter(address: ErrorsAddress, changes: FilterChanges): ErrorsAddress {
  const all = Object.entries({ ...address.filter, ...changes });
  const filter = Object.fromEntries(all.filter(([, value]) => value !== undefined && value !== ''));
  return { ...address, filter, page: 0, message: undefined };
}

/** Whether the user has narrowed the messages down; the group is not part of that. */
export function isFiltered({ filter }: ErrorsAddress): boolean {
  return FILTER_NAMES.some((name) => name !== 'group' && filter[name] !== undefined);
}

function readNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
