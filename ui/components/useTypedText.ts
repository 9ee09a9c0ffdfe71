import { useEffect, useRef, useState } from 'preact/hooks';

const TYPING_MS = 250;

/**
 * The text of a field that is reported when the user has stopped typing.
 * @param value the reported text, or another one, such as that of the address
 * @param place what the page shows; a change discards what was not reported yet
 */
export function useTypedText(
  value: string,
  onTyped: (text: string) => void,
  place = '',
): [text: string, setText: (text: string) => void] {
  const [text, setText] = useState(value);
  const reported = useRef(value);
  const latest = useRef(onTyped);
  latest.current = onTyped;
  useEffect(() => {
    // The user may have typed on since the report that comes back here.
    if (value === reported.current) return;
    reported.current = value;
    setText(value);
  }, [value]);
  useEffect(() => setText(value), [place]);
  useEffect(() => {
    if (text === reported.current) return undefined;
    const timer = setTimeout(() => {
      reported.current = text;
      latest.current(text);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return [text, setText];
}
