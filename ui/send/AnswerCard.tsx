import { useState } from 'preact/hooks';
import type { SendAnswer, SendFailure } from '../../src/cli/ui/send/contract.ts';
import { Badge } from '../components/Badge.tsx';
import { Duration } from '../components/Duration.tsx';
import { EnvelopeLink } from '../components/EnvelopeLink.tsx';
import { formatBytes } from '../components/format.ts';
import { JsonTree } from '../components/JsonTree.tsx';
import { visibleText } from '../components/visibleText.ts';

export interface AnswerCardProps {
  readonly answer: SendAnswer;
  /** RFC 3339; undefined before the confirm of the broker. */
  readonly sentAt: string | undefined;
}

/** The end of one leaf of the journey. */
export function AnswerCard({ answer, sentAt }: AnswerCardProps) {
  const { id, place, at, failure, payload, omittedBytes } = answer;
  return (
    <li class="send-answer" data-failed={failure !== undefined}>
      <div class="send-answer-head">
        {failure === undefined ? (
          <Badge kind="good">happy-end</Badge>
        ) : (
          <Badge kind="bad">error-end</Badge>
        )}
        {place !== '' && <span class="mono">{visibleText(place)}</span>}
        <EnvelopeLink id={id} />
        <span class="hint">
          after <Duration ms={elapsedMs(sentAt, at)} />
        </span>
      </div>
      {failure !== undefined && <Failure {...failure} />}
      {payload !== undefined && (
        <Payload text={payload} label={`Answer ${place}`.trim()} isOpen={place === ''} />
      )}
      {omittedBytes !== undefined && (
        <p class="hint">
          A payload of {formatBytes(omittedBytes)} is not shown: the answers are too large.
        </p>
      )}
    </li>
  );
}

function elapsedMs(from: string | undefined, to: string): number | undefined {
  return from === undefined ? undefined : Math.max(0, Date.parse(to) - Date.parse(from));
}

function Failure({ code, text, actor }: SendFailure) {
  return (
    <div class="send-failure">
      <p>
        <strong>{visibleText(code)}</strong>
        {actor !== undefined && (
          <>
            {' '}
            at <strong>{visibleText(actor)}</strong>
          </>
        )}
      </p>
      <pre>{visibleText(text)}</pre>
    </div>
  );
}

const PREVIEW_LENGTH = 200;

interface PayloadProps {
  readonly text: string;
  readonly label: string;
  readonly isOpen: boolean;
}

/** The tree is created when it is unfolded; at first, those of a fan-out are folded. */
function Payload({ text, label, isOpen: isFirstOpen }: PayloadProps) {
  const [isOpen, setOpen] = useState(isFirstOpen);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="send-preview mono">
        {isOpen ? 'Payload' : visibleText(text.slice(0, PREVIEW_LENGTH))}
      </summary>
      {isOpen && <JsonTree label={label} text={text} />}
    </details>
  );
}
