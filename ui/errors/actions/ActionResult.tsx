import { useContext } from 'preact/hooks';
import { Button } from '../../components/Button.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { formatExact } from '../../components/format.ts';
import { LinkContext } from '../../components/LinkContext.ts';
import { Notice } from '../../components/Notice.tsx';
import { visibleText } from '../../components/visibleText.ts';
import { describeCanary, describeEnd, isWhole, type ActionState } from './action.ts';

export interface ActionResultProps {
  readonly action: ActionState;
  readonly onRefresh: () => void;
  readonly onClose: () => void;
}

/** A few reasons are shown at once. */
const OPEN_UP_TO = 3;

/** What an action has done. */
export function ActionResult({ action, onRefresh, onClose }: ActionResultProps) {
  const { request, end, canary } = action;
  const linkTo = useContext(LinkContext);
  if (end === undefined) return null;
  const journey = canary?.id ?? (end.done > 0 ? request.single?.journey : undefined);
  const isGood = isWhole(end);
  const isFollowed = request.kind === 'replay' && journey !== undefined;
  return (
    // The region of the results is live.
    <Notice
      isLive={false}
      kind={isGood ? 'success' : end.kind === 'failed' ? 'error' : 'warning'}
      actions={
        <>
          {request.kind !== 'export' && <Button onClick={onRefresh}>Refresh</Button>}
          <Button kind="plain" label="Close the result" onClick={onClose}>
            ✕
          </Button>
        </>
      }
    >
      <p>
        <strong>{describeEnd(action)}.</strong> {describeCanary(action)}{' '}
        {isFollowed && <a href={linkTo('journey', { id: journey })}>Follow its journey</a>}
      </p>
      {end.kind === 'failed' && <p>{visibleText(end.text)}</p>}
      {end.file !== undefined && request.kind === 'discard' && (
        <p>
          On the server: <code class="errors-name">{visibleText(end.file)}</code>{' '}
          <CopyButton label="Copy path" text={end.file} />
        </p>
      )}
      <LeftMessages action={action} />
    </Notice>
  );
}

function LeftMessages({ action: { request, end, left } }: Pick<ActionResultProps, 'action'>) {
  if (end === undefined || left.length === 0) return null;
  return (
    <details open={left.length <= OPEN_UP_TO}>
      <summary>
        {formatExact(end.left)} stay in {visibleText(request.queue)}
        {end.left > left.length && `; the first ${left.length} are`}
      </summary>
      <ul class="errors-left">
        {left.map(({ row, id, reason }) => (
          <li key={row}>
            <span class="mono errors-name">{visibleText(id)}</span>: {visibleText(reason)}
          </li>
        ))}
      </ul>
    </details>
  );
}
