import type { Params } from '../app/address.ts';
import { isSortColumn, type SortOrder } from './table/sortActors.ts';

/** What the address selects in this view. */
export interface PipelineAddress {
  /** Undefined: a graph on a wide screen, a table on a phone. */
  readonly show: 'graph' | 'table' | undefined;
  /** The actor whose panel is open. */
  readonly actor: string | undefined;
  /** A part of the names of the actors. */
  readonly name: string;
  readonly isTroubledOnly: boolean;
  readonly sort: SortOrder;
}

export function parsePipelineAddress(params: URLSearchParams): PipelineAddress {
  const show = params.get('show');
  const actor = params.get('actor') ?? '';
  const sort = params.get('sort') ?? '';
  const column = sort.replace(/^-/, '');
  return {
    show: show === 'graph' || show === 'table' ? show : undefined,
    actor: actor === '' ? undefined : actor,
    name: params.get('name') ?? '',
    isTroubledOnly: params.get('troubled') === 'true',
    sort: isSortColumn(column)
      ? { column, isDescending: sort.startsWith('-') }
      : { column: 'trouble', isDescending: true },
  };
}

/** The parameters of an address; default values are left out. */
export function formatPipelineAddress(address: PipelineAddress): Params {
  const { show, actor, name, isTroubledOnly, sort } = address;
  const isDefaultSort = sort.column === 'trouble' && sort.isDescending;
  return {
    show,
    actor,
    name: name === '' ? undefined : name,
    troubled: isTroubledOnly ? 'true' : undefined,
    sort: isDefaultSort ? undefined : `${sort.isDescending ? '-' : ''}${sort.column}`,
  };
}
