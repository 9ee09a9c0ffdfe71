import { useMemo, useRef } from 'preact/hooks';
import { Button } from './Button.tsx';
import { Field } from './Field.tsx';
import { findJsonError } from './json/findJsonError.ts';
import { formatJson } from './json/formatJson.ts';

export interface JsonEditorProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  /** A problem that the server has found. */
  readonly error?: string | undefined;
  /** @default 12 */
  readonly rows?: number;
}

/**
 * An editor for JSON text. It shows the place of the first error; `findJsonError` decides whether
 * the text may be sent. Its "Format" keeps the digits of numbers and the order of keys.
 */
export function JsonEditor(props: JsonEditorProps) {
  const { label, value, onChange, hint, error, rows = 12 } = props;
  const area = useRef<HTMLTextAreaElement>(null);
  const found = useMemo(() => findJsonError(value), [value]);
  const problem =
    found === undefined ? error : `line ${found.line}, column ${found.column}: ${found.message}`;
  const showError = (): void => {
    if (found === undefined) return;
    area.current?.focus();
    area.current?.setSelectionRange(found.offset, found.offset + 1);
  };
  return (
    <Field label={label} hint={hint} error={problem}>
      {(control) => (
        <div class="json-editor">
          <textarea
            {...control}
            ref={area}
            class="textarea mono"
            rows={rows}
            value={value}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => onChange(event.currentTarget.value)}
          />
          <div class="json-editor-tools">
            {found === undefined ? (
              <Button kind="plain" onClick={() => onChange(formatJson(value))}>
                Format
              </Button>
            ) : (
              <Button kind="plain" onClick={showError}>
                Go to the error
              </Button>
            )}
          </div>
        </div>
      )}
    </Field>
  );
}
