import { Select } from '../components/Select.tsx';
import { TextField } from '../components/TextField.tsx';
import { visibleText } from '../components/visibleText.ts';
import { useTypedText } from '../components/useTypedText.ts';
import { OUTCOME_FILTERS, type HopFilter } from './hopFilter.ts';

export interface LiveFiltersProps {
  readonly filter: HopFilter;
  /** The actors to choose from. */
  readonly actors: readonly string[];
  readonly onChange: (filter: HopFilter) => void;
}

const OUTCOME_TEXTS = { all: 'All outcomes', failed: 'Failed attempts', retries: 'Retries' };

export function LiveFilters({ filter, actors, onChange }: LiveFiltersProps) {
  const names = [...new Set([...actors, filter.actor])].filter((it) => it !== '').toSorted();
  const [id, setId] = useTypedText(filter.id, (text) => onChange({ ...filter, id: text }));
  return (
    <form class="live-filters" role="search" aria-label="Filter" onSubmit={preventSubmit}>
      <Select
        label="Actor"
        value={filter.actor}
        options={[
          { value: '', text: 'All actors' },
          ...names.map((name) => ({ value: name, text: visibleText(name) })),
        ]}
        onChange={(actor) => onChange({ ...filter, actor })}
      />
      <Select
        label="Outcome"
        value={filter.outcome}
        options={OUTCOME_FILTERS.map((value) => ({ value, text: OUTCOME_TEXTS[value] }))}
        onChange={(value) => {
          const outcome = OUTCOME_FILTERS.find((it) => it === value) ?? 'all';
          onChange({ ...filter, outcome });
        }}
      />
      <TextField label="Id" isMono placeholder="Part of an id" value={id} onChange={setId} />
    </form>
  );
}

function preventSubmit(event: Event): void {
  event.preventDefault();
}
