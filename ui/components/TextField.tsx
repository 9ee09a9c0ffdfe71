import { Field, type FieldProps } from './Field.tsx';

export interface TextFieldProps extends Omit<FieldProps, 'children'> {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: 'text' | 'datetime-local';
  readonly placeholder?: string;
  /** For ids and addresses. */
  readonly isMono?: boolean;
}

/** A field for one line of text, or for a local time. */
export function TextField(props: TextFieldProps) {
  const { label, hint, error, value, onChange, type = 'text', placeholder, isMono } = props;
  const shared = {
    class: isMono === true ? 'input mono' : 'input',
    value,
    placeholder,
    autocomplete: 'off',
    spellcheck: false,
    onInput: (event: { readonly currentTarget: HTMLInputElement }) =>
      onChange(event.currentTarget.value),
  };
  return (
    <Field {...{ label, hint, error }}>
      {(control) =>
        type === 'text' ? (
          <input {...control} {...shared} type="text" />
        ) : (
          // The step of a second makes browsers show seconds.
          <input {...control} {...shared} type="datetime-local" step="1" />
        )
      }
    </Field>
  );
}
