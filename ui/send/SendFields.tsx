import { useEffect, useRef } from 'preact/hooks';
import { Button } from '../components/Button.tsx';
import { JsonEditor } from '../components/JsonEditor.tsx';
import { Notice } from '../components/Notice.tsx';
import { TextField } from '../components/TextField.tsx';
import { RouteEditor } from './RouteEditor.tsx';
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
  const { form, problem, isSending, result } = model;
  const element = useRef<HTMLFormElement>(null);
  const headers = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (problem === undefined) return;
    if (problem.field === 'headers' && headers.current !== null) headers.current.open = true;
    focusField(element.current, problem.field);
  }, [problem]);
  const errorOf = (field: string): string | undefined =>
    problem?.field === field ? problem.text : undefined;
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
      <div data-field="payload">
        <JsonEditor
          label="Payload"
          value={form.payload}
          error={errorOf('payload')}
          onChange={(payload) => model.setForm({ payload })}
        />
      </div>
      <details ref={headers} class="send-headers" data-field="headers">
        <summary>Headers</summary>
        <JsonEditor
          label="JSON object"
          rows={4}
          value={form.headers}
          error={errorOf('headers')}
          onChange={(text) => model.setForm({ headers: text })}
        />
      </details>
      <div class="send-pair">
        <div data-field="id">
          <TextField
            label="Id"
            isMono
            placeholder="Generated"
            value={form.id}
            error={errorOf('id')}
            onChange={(id) => model.setForm({ id })}
          />
        </div>
        <div data-field="wait">
          <TextField
            label="Wait for the answers"
            hint="Such as 30s or 2m"
            value={form.wait}
            error={errorOf('wait')}
            onChange={(wait) => model.setForm({ wait })}
          />
        </div>
      </div>
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
    </form>
  );
}

function focusField(form: HTMLElement | null, field: string): void {
  const fields = form?.querySelectorAll<HTMLElement>('[data-field]') ?? [];
  const found = [...fields].find((element) => element.dataset['field'] === field);
  found?.querySelector<HTMLElement>('input, textarea')?.focus();
}
