import type { ColorSchemeChoice, ColorSchemeState } from './useColorScheme.ts';

const CHOICES: readonly ColorSchemeChoice[] = ['system', 'light', 'dark'];

export function ColorSchemeSelect({ colors }: { readonly colors: ColorSchemeState }) {
  const { choice, setChoice } = colors;
  const select = (value: string): void => {
    const selected = CHOICES.find((it) => it === value);
    if (selected !== undefined) setChoice(selected);
  };
  return (
    <select
      class="select color-scheme-select"
      aria-label="Colors"
      value={choice}
      onChange={(event) => select(event.currentTarget.value)}
    >
      {CHOICES.map((it) => (
        <option key={it} value={it}>
          {it}
        </option>
      ))}
    </select>
  );
}
