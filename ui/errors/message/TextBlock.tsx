import { useState } from 'preact/hooks';
import { Button } from '../../components/Button.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { formatExact } from '../../components/format.ts';
import { visibleText } from '../../components/visibleText.ts';

export interface TextBlockProps {
  /** The heading, and the name for screen readers. */
  readonly title: string;
  readonly text: string;
  /** What is copied: "traceback". */
  readonly what: string;
}

/** More makes a browser slow; the whole text can still be copied. */
const MAX_SHOWN = 100_000;
const SHOWN_AT_FIRST = 5_000;

/** A text with its line breaks, in a box that scrolls. */
export function TextBlock({ title, text, what }: TextBlockProps) {
  const [limit, setLimit] = useState(SHOWN_AT_FIRST);
  const hidden = text.length - limit;
  return (
    <section class="errors-section" aria-label={title}>
      <div class="errors-section-head">
        <h3>{title}</h3>
        <CopyButton label={`Copy ${what}`} text={text} />
      </div>
      <pre class="errors-block" role="region" tabIndex={0} aria-label={`${title}, text`}>
        {visibleText(text.slice(0, limit))}
        {hidden > 0 && '…'}
      </pre>
      {hidden > 0 && limit < MAX_SHOWN && (
        <Button kind="plain" onClick={() => setLimit(MAX_SHOWN)}>
          Show more of the {formatExact(text.length)} characters
        </Button>
      )}
      {hidden > 0 && limit === MAX_SHOWN && (
        <p class="hint">{formatExact(hidden)} more characters; Copy has all of them.</p>
      )}
    </section>
  );
}
