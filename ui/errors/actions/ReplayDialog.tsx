import { useEffect, useState } from 'preact/hooks';
import type { ErrorMessage, ReplayRequest } from '../../../src/cli/ui/errors/contract.ts';
import { Button } from '../../components/Button.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { formatBytes } from '../../components/format.ts';
import { formatJson } from '../../components/json/formatJson.ts';
import { JsonEditor } from '../../components/JsonEditor.tsx';
import { Notice } from '../../components/Notice.tsx';
import { Spinner } from '../../components/Spinner.tsx';
import { TextField } from '../../components/TextField.tsx';
import { visibleText } from '../../components/visibleText.ts';
import type { Requested } from '../data/useRequest.ts';
import type { ActionTarget } from './actionTarget.ts';
import { Destination } from './Destination.tsx';
import { PayloadChanges } from './PayloadChanges.tsx';
import {
  MAX_EDITED_LENGTH,
  readReplayForm,
  type ReplayForm,
  type ReplayProblems,
} from './replayForm.ts';

export interface ReplayDialogProps {
  readonly target: ActionTarget;
  readonly queue: string;
  /** The single message of the target. */
  readonly message: Requested<ErrorMessage> | undefined;
  /** The actors at which the messages failed. */
  readonly failedAt: readonly string[];
  /** All actors that the look names. */
  readonly actors: readonly string[];
  readonly onConfirm: (request: Omit<ReplayRequest, 'selection'>) => void;
  readonly onClose: () => void;
}

/** What a replay does with its messages. The usual one needs a single click. */
export function ReplayDialog(props: ReplayDialogProps) {
  const { target, queue, message, onConfirm, onClose } = props;
  const [form, setForm] = useState<ReplayForm>(EMPTY_FORM);
  const [isSubmitted, setSubmitted] = useState(false);
  const original = message?.last;
  const payload = original?.payload;
  useEffect(() => setForm((last) => ({ ...last, payload: editableText(payload) })), [payload]);
  const isLoading = message?.kind === 'loading';
  // Not before: a large payload would be read again with each key.
  const read = isSubmitted ? readReplayForm(form, payload) : undefined;
  const problems: ReplayProblems = read?.kind === 'invalid' ? read.problems : {};
  const change = (changes: Partial<ReplayForm>): void =>
    setForm((last) => ({ ...last, ...changes }));
  const submit = (event: Event): void => {
    event.preventDefault();
    setSubmitted(true);
    const now = readReplayForm(form, payload);
    if (now.kind === 'invalid') setTimeout(focusInvalidField);
    else if (!isLoading) onConfirm(now.request);
  };
  return (
    <Dialog title={`Replay ${target.subject}`} onClose={onClose} isWide={payload !== undefined}>
      <form class="errors-replay" onSubmit={submit}>
        <Destination {...{ form, original, problems, change }} {...props} queue={queue} />
        {isLoading && <Spinner label="Reading the payload" />}
        {message?.kind === 'failed' && (
          <Notice kind="error">
            The payload cannot be changed: {visibleText(message.problem)}.
          </Notice>
        )}
        <PayloadEditor {...{ form, payload, change }} />
        <Pace {...{ form, problems, change }} isSingle={target.count === 1} />
        <div class="errors-dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={isLoading}>
            Replay {target.subject}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function focusInvalidField(): void {
  document.querySelector<HTMLElement>('dialog [aria-invalid="true"]')?.focus();
}

const EMPTY_FORM: ReplayForm = {
  destination: 'failed',
  actor: '',
  route: '',
  payload: undefined,
  isCanary: true,
  rate: '',
};

function editableText(payload: string | undefined): string | undefined {
  if (payload === undefined || payload.length > MAX_EDITED_LENGTH) return undefined;
  const formatted = formatJson(payload);
  return formatted.length > MAX_EDITED_LENGTH ? payload : formatted;
}

interface FormPart {
  readonly form: ReplayForm;
  readonly change: (changes: Partial<ReplayForm>) => void;
}

function PayloadEditor(props: FormPart & { readonly payload: string | undefined }) {
  const { form, payload, change } = props;
  if (payload === undefined) return null;
  if (form.payload === undefined) {
    if (payload.length <= MAX_EDITED_LENGTH) return null;
    return (
      <p class="hint">
        The payload of {formatBytes(payload.length)} is too large to be changed here;{' '}
        <code>asya-sidecar errors replay --set</code> can do it.
      </p>
    );
  }
  return (
    <>
      <JsonEditor
        label="Payload"
        value={form.payload}
        onChange={(text) => change({ payload: text })}
      />
      <PayloadChanges before={payload} after={form.payload} />
    </>
  );
}

function Pace(props: FormPart & { readonly problems: ReplayProblems; readonly isSingle: boolean }) {
  const { form, problems, change, isSingle } = props;
  return (
    <>
      <label class="errors-option">
        <input
          type="checkbox"
          checked={form.isCanary}
          onChange={(event) => change({ isCanary: event.currentTarget.checked })}
        />
        <span>
          {isSingle ? 'Wait for its outcome' : 'Send one first and wait for its outcome'}
          <span class="hint">
            {isSingle
              ? 'The page says whether it reaches happy-end.'
              : 'The others follow when it has reached happy-end.'}
          </span>
        </span>
      </label>
      {!isSingle && (
        <TextField
          label="Messages per second"
          placeholder="As fast as the broker confirms them"
          value={form.rate}
          error={problems.rate}
          onChange={(rate) => change({ rate })}
        />
      )}
    </>
  );
}
