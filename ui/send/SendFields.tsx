import { useEffect, useRef } from 'preact/hooks';
import { Button } from '../components/Button.tsx';
import { JsonEditor } from '../components/JsonEditor.tsx';
import { Notice } from '../components/Notice.tsx';
import { TextField } from '../components/TextField.tsx';
import { RouteEditor } from './RouteEditor.tsx';
import type { FieldProblem } from './sendForm.ts';
import type { SendModel } from './sendModel.ts';

export interface SendFieldsProps {
  readonly model: SendModel;
  /** Suggested names of actors. */
  readonly actors: readonly string[];
  readonly isReadOnly: boolean;
  readonly onSend: () => void;
}

/** The form of an envelope. Ctrl+Enter sends it from each field. */
export function SendFields({ model, actors, isReadOnly, onSend }: SendFieldsProps) {
  const { form, problem } = model;
  const element = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (problem !== undefined) focusField(element.current, problem.field);
  }, [problem]);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!isReadOnly) onSend();
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event);
  };
  return (
    <form ref={element} class="send-form" aria-label="Envelope" onSubmit={submit} onKeyDown={press}>
      {isReadOnly && <Notice kind="info">This page is read-only: it sends no envelopes.</Notice>}
      <RouteEditor
        rows={form.route}
        {...{ actors, problem }}
        onChange={(route) => model.setForm({ route })}
      />
      <JsonFields model={model} />
      <TextFields model={model} />
      <SendButtons model={model} isReadOnly={isReadOnly} />
    </form>
  );
}

interface PartProps {
  readonly model: SendModel;
}

function JsonFields({ model }: PartProps) {
  const { form, problem } = model;
  return (
    <>
      <div data-field="payload">
        <JsonEditor
          label="Payload"
          value={form.payload}
          error={errorOf('payload', problem)}
          onChange={(payload) => model.setForm({ payload })}
        />
      </div>
      <details class="send-headers" data-field="headers">
        <summary>Headers</summary>
        <JsonEditor
          label="JSON object"
          rows={4}
          value={form.headers}
          error={errorOf('headers', problem)}
          onChange={(headers) => model.setForm({ headers })}
        />
      </details>
    </>
  );
}

function TextFields({ model }: PartProps) {
  const { form, problem } = model;
  return (
    <div class="send-pair">
      <div data-field="id">
        <TextField
          label="Id"
          isMono
          placeholder="Generated"
          value={form.id}
          error={errorOf('id', problem)}
          onChange={(id) => model.setForm({ id })}
        />
      </div>
      <div data-field="wait">
        <TextField
          label="Wait for the answers"
          hint="Such as 30s or 2m"
          value={form.wait}
          error={errorOf('wait', problem)}
          onChange={(wait) => model.setForm({ wait })}
        />
      </div>
    </div>
  );
}

function SendButtons({ model, isReadOnly }: PartProps & Pick<SendFieldsProps, 'isReadOnly'>) {
  const { isSending, result } = model;
  return (
    <div class="send-actions">
      <Button
        kind="primary"
        type="submit"
        busy={isSending}
        disabled={isReadOnly}
        title="Ctrl+Enter"
      >
        {result === undefined ? 'Send' : 'Send again'}
      </Button>
      {isSending && <Button onClick={() => model.stop()}>Stop waiting</Button>}
    </div>
  );
}

function errorOf(field: string, problem: FieldProblem | undefined): string | undefined {
  return problem?.field === field ? problem.text : undefined;
}

/** Moves the focus to a field, which may be folded. */
function focusField(form: HTMLElement | null, field: string): void {
  const fields = form?.querySelectorAll<HTMLElement>('[data-field]') ?? [];
  const found = [...fields].find((element) => element.dataset['field'] === field);
  if (found instanceof HTMLDetailsElement) found.open = true;
  found?.querySelector<HTMLElement>('input, textarea')?.focus();
}
