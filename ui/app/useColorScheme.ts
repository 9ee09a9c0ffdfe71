import { useEffect, useState } from 'preact/hooks';

/** `system` follows the setting of the browser. The choice is not stored. */
export type ColorSchemeChoice = 'system' | 'light' | 'dark';

export interface ColorSchemeState {
  readonly choice: ColorSchemeChoice;
  readonly setChoice: (choice: ColorSchemeChoice) => void;
  /** The colours that the page has now. */
  readonly colorScheme: 'light' | 'dark';
}

export function useColorScheme(): ColorSchemeState {
  const [choice, setChoice] = useState<ColorSchemeChoice>('system');
  const [isSystemDark, setSystemDark] = useState(() => matchMedia(DARK).matches);
  useEffect(() => {
    const query = matchMedia(DARK);
    const read = (): void => setSystemDark(query.matches);
    query.addEventListener('change', read);
    return () => query.removeEventListener('change', read);
  }, []);
  const colorScheme = choice === 'system' ? (isSystemDark ? 'dark' : 'light') : choice;
  // Set before the views render, because a canvas reads the resolved colours.
  document.documentElement.dataset['colorScheme'] = colorScheme;
  return { choice, setChoice, colorScheme };
}

const DARK = '(prefers-color-scheme: dark)';
