import { useState } from 'preact/hooks';
import { Button } from '../../components/Button.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { JsonTree } from '../../components/JsonTree.tsx';
import { TextBlock } from './TextBlock.tsx';

export interface JsonSectionProps {
  readonly title: string;
  /** JSON text. */
  readonly text: string;
  /** What is copied: "payload". */
  readonly what: string;
}

/** A JSON text as a tree, or as it is. */
export function JsonSection({ title, text, what }: JsonSectionProps) {
  const [isRaw, setRaw] = useState(false);
  return (
    <section class="errors-section" aria-label={title}>
      <div class="errors-section-head">
        <h3>{title}</h3>
        <Button kind="plain" pressed={isRaw} onClick={() => setRaw(!isRaw)}>
          Raw
        </Button>
        {!isRaw && <CopyButton label={`Copy ${what}`} text={text} />}
      </div>
      {isRaw ? (
        <TextBlock title={`${title} as text`} text={text} what={what} />
      ) : (
        <JsonTree label={title} text={text} />
      )}
    </section>
  );
}
