import { useContext, useEffect, useRef } from 'preact/hooks';
import type { ErrorMessage } from '../../../src/cli/ui/errors/contract.ts';
import { Badge } from '../../components/Badge.tsx';
import { Button } from '../../components/Button.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { LinkContext } from '../../components/LinkContext.ts';
import { Notice } from '../../components/Notice.tsx';
import { Spinner } from '../../components/Spinner.tsx';
import { visibleText } from '../../components/visibleText.ts';
import { ActionButtons, type ActionControls } from '../actions/ActionButtons.tsx';
import { targetOfRow } from '../actions/actionTarget.ts';
import type { ErrorData } from '../useErrorData.ts';
import { MessageDetails } from './MessageDetails.tsx';

export interface MessagePanelProps {
  readonly id: string;
  readonly state: ErrorData['message'];
  /** What the newest list says about the message. */
  readonly gone: ErrorMessage['gone'];
  readonly controls: ActionControls;
  readonly onStep: (step: 1 | -1) => void;
  readonly onRetry: () => void;
  readonly onClose: () => void;
}

const GONE = 410;

/** The open message. */
export function MessagePanel(props: MessagePanelProps) {
  const { id, state, gone, controls, onRetry } = props;
  const linkTo = useContext(LinkContext);
  const message = state.last?.id === id ? state.last : undefined;
  const isGone = gone ?? message?.gone;
  return (
    <section class="errors-panel" aria-label="Message">
      <PanelHead {...props} />
      <div class="errors-panel-body">
        {isGone !== undefined && (
          <p>
            <Badge kind={isGone === 'missing' ? 'muted' : 'good'}>{isGone}</Badge> It is not in the
            queue any more.{' '}
            {isGone === 'replayed' && message !== undefined && (
              <a href={linkTo('journey', { id: message.journey })}>Follow its journey</a>
            )}
          </p>
        )}
        {message !== undefined && isGone === undefined && (
          <ActionButtons
            controls={controls}
            target={targetOfRow(message.look, message)}
            lost={message.lost}
          />
        )}
        {state.kind === 'failed' && (isGone === undefined || state.status !== GONE) && (
          <Notice kind="error" actions={<Button onClick={onRetry}>Try again</Button>}>
            {visibleText(state.problem)}
          </Notice>
        )}
        {message === undefined && state.kind === 'loading' && (
          <Spinner label="Reading the message" />
        )}
        {message !== undefined && (
          <div class="errors-panel-message" data-gone={isGone === undefined ? undefined : true}>
            <MessageDetails key={message.row} message={message} />
          </div>
        )}
      </div>
    </section>
  );
}

/** The heading receives the focus when the message opens. */
function PanelHead({ id, onStep, onClose }: MessagePanelProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [id]);
  return (
    <div class="errors-panel-head">
      <h2 ref={heading} tabIndex={-1} class="mono errors-name">
        {visibleText(id)}
      </h2>
      <CopyButton label="Copy id" text={id} />
      <span class="errors-panel-tools">
        <Button kind="plain" label="Previous message" title="k" onClick={() => onStep(-1)}>
          ↑
        </Button>
        <Button kind="plain" label="Next message" title="j" onClick={() => onStep(1)}>
          ↓
        </Button>
        <Button kind="plain" label="Close the message" title="Esc" onClick={onClose}>
          ✕
        </Button>
      </span>
    </div>
  );
}
