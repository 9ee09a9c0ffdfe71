import { useContext } from 'preact/hooks';
import { LinkContext } from './LinkContext.ts';
import { visibleText } from './visibleText.ts';

export interface EnvelopeLinkProps {
  /** The id of an envelope or of a journey. */
  readonly id: string;
}

/** An id that opens its journey. */
export function EnvelopeLink({ id }: EnvelopeLinkProps) {
  const linkTo = useContext(LinkContext);
  return (
    <a class="envelope-link mono" href={linkTo('journey', { id })} title={visibleText(id)}>
      {visibleText(id)}
    </a>
  );
}
