import { useEffect, useState } from 'preact/hooks';
import { useAnnounce } from './Announcer.tsx';
import { Button } from './Button.tsx';

const SHOWN_MS = 1_500;

export interface CopyButtonProps {
  /** The text, or a function that makes it when it is needed. */
  readonly text: string | (() => string);
  /** What is copied: "Copy id". */
  readonly label: string;
}

/** Copies a text to the clipboard, and confirms it for a moment. */
export function CopyButton({ text, label }: CopyButtonProps) {
  const [result, setResult] = useState<string>();
  const announce = useAnnounce();
  useEffect(() => {
    if (result === undefined) return undefined;
    const timer = setTimeout(() => setResult(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [result]);
  const copy = async (): Promise<void> => {
    // The browser may refuse: the page has no focus, or it is not on a secure origin.
    const copied = await write(typeof text === 'string' ? text : text());
    setResult(copied ? 'Copied' : 'Not copied');
    announce(copied ? 'copied' : 'the browser has refused to copy');
  };
  return (
    <Button kind="plain" onClick={() => void copy()}>
      {result ?? label}
    </Button>
  );
}

async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
