import { Field, type FieldProps } from './Field.tsx';

export interface SelectOption {
  readonly value: string;
  readonly text: string;
}

export interface SelectProps extends Omit<FieldProps, 'children'> {
  readonly value: string;
  readonly options: readonly SelectOption[];
  readonly onChange: (value: string) => void;
}

/** A field whose value is one of a few. */
export function Select({ label, hint, error, value, options, onChange }: SelectProps) {
  return (
    <Field {...{ label, hint, error }}>
      {(control) => (
        <select
          {...control}
          class="select"
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
