import type { Look } from '../../../src/cli/ui/errors/contract.ts';
import { Button } from '../../components/Button.tsx';
import { Select, type SelectOption } from '../../components/Select.tsx';
import { TextField } from '../../components/TextField.tsx';
import { visibleText } from '../../components/visibleText.ts';
import { useTypedText } from '../../components/useTypedText.ts';
import { isFiltered, type ErrorsAddress, type FilterChanges } from './errorsAddress.ts';
import { PeriodFields } from './PeriodFields.tsx';

export interface FilterBarProps {
  readonly address: ErrorsAddress;
  readonly look: Look | undefined;
  readonly onChange: (changes: FilterChanges) => void;
}

const NO_FILTER: FilterChanges = {
  text: undefined,
  actor: undefined,
  code: undefined,
  id: undefined,
  since: undefined,
  until: undefined,
  group: undefined,
};

/** The filters. Each change is in the address at once; a text, when the user stops typing. */
export function FilterBar({ address, look, onChange }: FilterBarProps) {
  const { filter } = address;
  return (
    <div class="errors-filters" role="search" aria-label="Filter the messages">
      <SearchField
        text={filter.text ?? ''}
        place={JSON.stringify([filter.group, address.show, address.message])}
        onChange={(text) => onChange({ text })}
      />
      <Select
        label="Actor"
        value={filter.actor ?? ''}
        options={optionsOf('All actors', look?.actors ?? [], filter.actor)}
        onChange={(actor) => onChange({ actor })}
      />
      <Select
        label="Code"
        value={filter.code ?? ''}
        options={optionsOf('All codes', look?.codes ?? [], filter.code)}
        onChange={(code) => onChange({ code })}
      />
      <PeriodFields filter={filter} onChange={onChange} />
      {filter.id !== undefined && (
        <Button
          onClick={() => onChange({ id: undefined })}
          label={`Remove the filter for the id ${filter.id}`}
        >
          id: <span class="mono errors-name">{visibleText(filter.id)}</span> ✕
        </Button>
      )}
      {isFiltered(address) && (
        <Button kind="plain" onClick={() => onChange(NO_FILTER)}>
          Clear the filter
        </Button>
      )}
    </div>
  );
}

interface SearchFieldProps {
  readonly text: string;
  /** What the page shows. A user who opens a row while typing does not search any more. */
  readonly place: string;
  readonly onChange: (text: string) => void;
}

function SearchField({ text, place, onChange }: SearchFieldProps) {
  const [typed, setTyped] = useTypedText(text, onChange, place);
  return (
    <TextField
      label="Error text or id"
      placeholder="4711, ValueError …"
      value={typed}
      onChange={setTyped}
    />
  );
}

/** A queue of damaged messages may have any number of codes; the search finds the others. */
const MAX_OPTIONS = 500;

/** A value of the address that the look does not have stays visible. */
function optionsOf(
  all: string,
  values: readonly string[],
  value: string | undefined,
): readonly SelectOption[] {
  const shown = values.slice(0, MAX_OPTIONS);
  const given = value === undefined || shown.includes(value) ? shown : [value, ...shown];
  return [
    { value: '', text: all },
    ...given.map((each) => ({ value: each, text: visibleText(each) })),
  ];
}
