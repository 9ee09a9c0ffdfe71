import type { ColorSchemeState } from './useColorScheme.ts';

/** Switches between light and dark colours. */
export function ColorSchemeButton({ colorScheme, toggle }: ColorSchemeState) {
  return (
    <button
      type="button"
      class="button color-scheme"
      aria-label="Dark colors"
      aria-pressed={colorScheme === 'dark'}
      title={colorScheme === 'dark' ? 'Use light colors' : 'Use dark colors'}
      onClick={toggle}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5" />
        <path d="M8 1.75a6.25 6.25 0 0 1 0 12.5z" fill="currentColor" />
      </svg>
    </button>
  );
}
