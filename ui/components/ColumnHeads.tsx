import type { Column, Sorting } from './column.ts';

export interface ColumnHeadsProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly sorting: Sorting | undefined;
  readonly onSort: (title: string) => void;
}

/** The head of a table. It stays visible while the table is scrolled. */
export function ColumnHeads<Row>({ columns, sorting, onSort }: ColumnHeadsProps<Row>) {
  return (
    <thead>
      <tr>
        {columns.map(({ title, align, compare, class: className }) => (
          <th
            key={title}
            scope="col"
            class={className}
            data-align={align}
            aria-sort={sorting?.title === title ? orderOf(sorting) : undefined}
          >
            {compare === undefined ? (
              title
            ) : (
              <button type="button" class="table-sort" onClick={() => onSort(title)}>
                {title}
                <span aria-hidden="true">{sorting?.title === title ? arrowOf(sorting) : ''}</span>
              </button>
            )}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function orderOf({ isDescending }: Sorting): 'ascending' | 'descending' {
  return isDescending ? 'descending' : 'ascending';
}

function arrowOf({ isDescending }: Sorting): string {
  return isDescending ? ' ↓' : ' ↑';
}
