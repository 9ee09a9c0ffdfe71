import { useContext } from 'preact/hooks';
import { LinkContext } from './LinkContext.ts';
import { visibleId } from './visibleText.ts';

export interface EnvelopeLinkProps {
  /** The id of an envelope or of a journey. */
  readonly id: string;
  /** -1 in a list with arrow keys. @default 0 */
  readonly tabIndex?: 0 | -1;
}

/** An id that opens its journey. */
export function EnvelopeLink({ id, tabIndex = 0 }: EnvelopeLinkProps) {
  const linkTo = useContext(LinkContext);
  return (
    <a
      class="envelope-link mono"
      href={linkTo('journey', { id })}
      title={visibleId(id)}
      tabIndex={tabIndex}
    >
      {visibleId(id)}
    </a>
  );
}
