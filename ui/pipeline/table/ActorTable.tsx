import type { ComponentChildren } from 'preact';
import { Count, Rate } from '../../components/Count.tsx';
import { Duration } from '../../components/Duration.tsx';
import type { ActorState } from '../state/actorState.ts';
import { StatusText } from '../StatusText.tsx';
import { nextOrder, NUMBERS, sortActors, type SortColumn, type SortOrder } from './sortActors.ts';
import { visibleText } from '../../components/visibleText.ts';

export interface ActorTableProps {
  readonly states: readonly ActorState[];
  readonly sort: SortOrder;
  readonly selected: string | undefined;
  /** Whether the reason of the worst failure of an actor is shown elsewhere. */
  readonly isShort: (state: ActorState) => boolean;
  readonly onSort: (sort: SortOrder) => void;
  readonly onSelect: (name: string) => void;
}

interface Column {
  readonly column: SortColumn;
  readonly title: string;
  /** Hidden on a phone; the panel of the actor has it. */
  readonly isMinor?: boolean;
  readonly render: (state: ActorState, isShort: boolean) => ComponentChildren;
}

const COLUMNS: readonly Column[] = [
  {
    column: 'trouble',
    title: 'State',
    render: (state, isShort) => <StatusText {...{ state, isShort }} />,
  },
  { column: 'waiting', title: 'Waiting', render: (it) => <Count value={NUMBERS.waiting(it)} /> },
  {
    column: 'retry',
    title: 'Retry',
    isMinor: true,
    render: (it) => <Count value={NUMBERS.retry(it)} />,
  },
  {
    column: 'parked',
    title: 'Parked',
    isMinor: true,
    render: (it) => <Count value={NUMBERS.parked(it)} />,
  },
  { column: 'hops', title: 'Hops', render: (it) => <Rate value={NUMBERS.hops(it)} /> },
  { column: 'failed', title: 'Failed', render: (it) => <Rate value={NUMBERS.failed(it)} /> },
  {
    column: 'queue',
    title: 'Queue P95',
    isMinor: true,
    render: (it) => <Duration ms={NUMBERS.queue(it)} />,
  },
  {
    column: 'runtime',
    title: 'Runtime P95',
    isMinor: true,
    render: (it) => <Duration ms={NUMBERS.runtime(it)} />,
  },
];

/** The facts of the graph as a table, sorted by any column. */
export function ActorTable(props: ActorTableProps) {
  const { states, sort, selected, isShort, onSort, onSelect } = props;
  const heading = (column: SortColumn, title: string, isMinor?: boolean) => (
    <SortHeading key={column} {...{ column, title, isMinor, sort, onSort }} />
  );
  return (
    <div class="pipeline-table-frame">
      <table class="pipeline-table">
        <caption class="visually-hidden">Actors</caption>
        <thead>
          <tr>
            {heading('name', 'Actor')}
            {COLUMNS.map(({ column, title, isMinor }) => heading(column, title, isMinor))}
          </tr>
        </thead>
        <tbody>
          {sortActors(states, sort).map((state) => (
            <ActorRow
              key={state.actor.name}
              {...{ state, onSelect }}
              isShort={isShort(state)}
              isSelected={state.actor.name === selected}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface SortHeadingProps extends Pick<ActorTableProps, 'sort' | 'onSort'> {
  readonly column: SortColumn;
  readonly title: string;
  readonly isMinor: boolean | undefined;
}

function SortHeading({ column, title, isMinor, sort, onSort }: SortHeadingProps) {
  const isSorted = column === sort.column;
  const order = sort.isDescending ? 'descending' : 'ascending';
  return (
    <th
      scope="col"
      data-column={column}
      data-minor={isMinor}
      aria-sort={isSorted ? order : undefined}
    >
      <button type="button" class="pipeline-sort" onClick={() => onSort(nextOrder(sort, column))}>
        {isSorted && (
          <span class="pipeline-sort-arrow" aria-hidden="true">
            {sort.isDescending ? '↓' : '↑'}
          </span>
        )}
        {title}
      </button>
    </th>
  );
}

interface ActorRowProps extends Pick<ActorTableProps, 'onSelect'> {
  readonly state: ActorState;
  readonly isShort: boolean;
  readonly isSelected: boolean;
}

function ActorRow({ state, isShort, isSelected, onSelect }: ActorRowProps) {
  const { name, kind } = state.actor;
  return (
    <tr data-selected={isSelected ? true : undefined} data-level={state.troubles[0]?.level}>
      <th scope="row">
        <button
          type="button"
          class="pipeline-row-name"
          data-actor={name}
          aria-pressed={isSelected}
          title={name}
          onClick={() => onSelect(name)}
        >
          <bdi>{visibleText(name)}</bdi>
        </button>
        {kind !== 'actor' && <span class="hint"> end</span>}
        {/* On a phone, instead of the column. */}
        <span class="pipeline-row-state">
          <StatusText {...{ state, isShort }} />
        </span>
      </th>
      {COLUMNS.map(({ column, isMinor, render }) => (
        <td key={column} data-column={column} data-minor={isMinor}>
          {render(state, isShort)}
        </td>
      ))}
    </tr>
  );
}
