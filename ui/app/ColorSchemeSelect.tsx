import { Select } from '../components/Select.tsx';
import type { ColorSchemeChoice, ColorSchemeState } from './useColorScheme.ts';

const CHOICES: readonly { readonly value: ColorSchemeChoice; readonly text: string }[] = [
  { value: 'system', text: 'as the system' },
  { value: 'light', text: 'light' },
  { value: 'dark', text: 'dark' },
];

export function ColorSchemeSelect({ colors }: { readonly colors: ColorSchemeState }) {
  const { choice, setChoice } = colors;
  const select = (value: string): void => {
    const selected = CHOICES.find((it) => it.value === value);
    if (selected !== undefined) setChoice(selected.value);
  };
  return <Select label="Colors" value={choice} options={CHOICES} onChange={select} />;
}
