import { useMemo } from 'preact/hooks';
import { findJsonError } from '../../components/json/findJsonError.ts';
import { visibleText } from '../../components/visibleText.ts';
import { payloadChanges } from './payloadChanges.ts';

const MAX_SHOWN = 20;

export interface PayloadChangesProps {
  readonly before: string;
  readonly after: string;
}

/** What the user has changed in a payload. */
export function PayloadChanges({ before, after }: PayloadChangesProps) {
  const changes = useMemo(
    () =>
      findJsonError(after) === undefined ? payloadChanges(before, after, MAX_SHOWN + 1) : undefined,
    [before, after],
  );
  if (changes === undefined) return null;
  if (changes.length === 0) return <p class="hint">The payload is sent unchanged.</p>;
  return (
    <ul class="errors-changes" aria-label="Changes of the payload">
      {changes.slice(0, MAX_SHOWN).map(({ pointer, before, after }) => (
        <li key={pointer} class="mono">
          <span class="errors-name">{visibleText(pointer === '' ? 'payload' : pointer)}</span>{' '}
          {before !== undefined && <del>{visibleText(before)}</del>}{' '}
          {after !== undefined && <ins>{visibleText(after)}</ins>}
        </li>
      ))}
      {changes.length > MAX_SHOWN && <li class="hint">and more</li>}
    </ul>
  );
}
