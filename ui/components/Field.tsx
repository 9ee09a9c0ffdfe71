import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** What the control of a field must have, so that its label, hint and error belong to it. */
export interface ControlProps {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': true | undefined;
}

export interface FieldProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  /** One line: the rule that the value breaks. */
  readonly error?: string | undefined;
  /** Renders the control with these attributes. */
  readonly children: (control: ControlProps) => ComponentChildren;
}

/** A control with its label, hint and error. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const described = [
    hint === undefined ? [] : `${id}-hint`,
    error === undefined ? [] : `${id}-error`,
  ]
    .flat()
    .join(' ');
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      {children({
        id,
        'aria-describedby': described === '' ? undefined : described,
        'aria-invalid': error === undefined ? undefined : true,
      })}
      {hint !== undefined && (
        <div id={`${id}-hint`} class="hint">
          {hint}
        </div>
      )}
      {error !== undefined && (
        <div id={`${id}-error`} class="field-error" role="alert">
          {error}
        </div>
      )}
    </div>
  );
}
