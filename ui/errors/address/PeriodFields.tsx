import { useState } from 'preact/hooks';
import type { ErrorFilter } from '../../../src/cli/ui/errors/contract.ts';
import { Select } from '../../components/Select.tsx';
import { TextField } from '../../components/TextField.tsx';
import type { FilterChanges } from './errorsAddress.ts';
import { fromLocalInput, QUICK_PERIODS, toLocalInput } from './period.ts';

export interface PeriodFieldsProps {
  readonly filter: ErrorFilter;
  readonly onChange: (changes: FilterChanges) => void;
}

const EXACT = 'exact';

/** The period of the failures: an age before the look, or two times. */
export function PeriodFields({ filter: { since, until }, onChange }: PeriodFieldsProps) {
  const quick = QUICK_PERIODS.find(([age]) => age === since && until === undefined)?.[0];
  const isGiven = quick === undefined && (since !== undefined || until !== undefined);
  const [isChosen, setChosen] = useState(false);
  const isExact = isGiven || isChosen;
  const select = (value: string): void => {
    setChosen(value === EXACT);
    if (value !== EXACT) onChange({ since: value, until: undefined });
    else if (quick !== undefined) onChange({ since: undefined });
  };
  return (
    <>
      <Select
        label="Failed"
        value={isExact ? EXACT : (quick ?? '')}
        options={[
          { value: '', text: 'At any time' },
          ...QUICK_PERIODS.map(([value, text]) => ({ value, text })),
          { value: EXACT, text: 'Exact times …' },
        ]}
        onChange={select}
      />
      {isExact && (
        <>
          <TextField
            label="From"
            type="datetime-local"
            value={toLocalInput(since)}
            onChange={(value) => onChange({ since: fromLocalInput(value) })}
          />
          <TextField
            label="Before"
            type="datetime-local"
            value={toLocalInput(until)}
            onChange={(value) => onChange({ until: fromLocalInput(value) })}
          />
        </>
      )}
    </>
  );
}
