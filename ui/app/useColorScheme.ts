import { useEffect, useState } from 'preact/hooks';

type ColorScheme = 'light' | 'dark';

export interface ColorSchemeState {
  /** The colours that the page has now. */
  readonly colorScheme: ColorScheme;
  readonly toggle: () => void;
}

/** The colours of the system, or the other ones. The choice is not stored. */
export function useColorScheme(): ColorSchemeState {
  const [isOpposite, setOpposite] = useState(false);
  const [isSystemDark, setSystemDark] = useState(() => matchMedia(DARK).matches);
  useEffect(() => {
    const query = matchMedia(DARK);
    const read = (): void => setSystemDark(query.matches);
    query.addEventListener('change', read);
    return () => query.removeEventListener('change', read);
  }, []);
  const colorScheme = isSystemDark === isOpposite ? 'light' : 'dark';
  // Set before the views render, because a canvas reads the resolved colours.
  document.documentElement.dataset['colorScheme'] = colorScheme;
  return { colorScheme, toggle: () => setOpposite(!isOpposite) };
}

const DARK = '(prefers-color-scheme: dark)';
