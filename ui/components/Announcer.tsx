import { createContext, type ComponentChildren } from 'preact';
import { useCallback, useContext, useState } from 'preact/hooks';
import { visibleText } from './visibleText.ts';

const Announce = createContext<(text: string) => void>(() => undefined);

/** Returns a function that has a screen reader read one line, such as the result of an action. */
export function useAnnounce(): (text: string) => void {
  return useContext(Announce);
}

interface Announcement {
  readonly text: string;
  readonly count: number;
}

/** The live region of the page. */
export function Announcer({ children }: { readonly children: ComponentChildren }) {
  const [{ text, count }, setAnnouncement] = useState<Announcement>({ text: '', count: 0 });
  const announce = useCallback(
    (next: string) => setAnnouncement((last) => ({ text: next, count: last.count + 1 })),
    [],
  );
  return (
    <Announce.Provider value={announce}>
      {children}
      <div class="visually-hidden" aria-live="polite">
        {/* A new element is read even if its text is the same. */}
        <span key={count}>{visibleText(text)}</span>
      </div>
    </Announce.Provider>
  );
}
