import { Button } from '../../components/Button.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { visibleText } from '../../components/visibleText.ts';
import type { ActionTarget } from './actionTarget.ts';

export interface DiscardDialogProps {
  readonly target: ActionTarget;
  readonly queue: string;
  /** The folder of the archives on the server. */
  readonly folder: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

export function DiscardDialog(props: DiscardDialogProps) {
  const { target, queue, folder, onConfirm, onClose } = props;
  const { subject, count } = target;
  return (
    <Dialog
      title={`Discard ${subject}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="danger" onClick={onConfirm}>
            Discard {subject}
          </Button>
        </>
      }
    >
      <p>
        {count === 1 ? 'The message moves' : `The ${subject} move`} from{' '}
        <span class="mono errors-name">{visibleText(queue)}</span> to a new file on the server, in
        the folder <span class="mono errors-name">{visibleText(folder)}</span>.
      </p>
      <p class="hint">
        A message leaves the queue when its line is on disk. <code>asya-sidecar replay FILE</code>{' '}
        sends the messages of the file again.
      </p>
    </Dialog>
  );
}
