/** What was measured, as people and programs read it. */

/** A target, and what was measured against it. */
export interface Figure {
  readonly name: string;
  /** Of a scenario in which something grows: how far it has grown. */
  readonly at?: number | undefined;
  /** What `limit` and `sidecar` count; a figure without a limit stands alone. */
  readonly unit: string;
  /** One value a turn, in the same order as the sidecar's. */
  readonly limit?: readonly number[];
  readonly sidecar: readonly number[];
  /** How `sidecar` is held against `limit`. */
  readonly as: 'ratio' | 'difference' | 'value';
  readonly target?: { readonly atLeast: number } | { readonly atMost: number } | undefined;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted.at(index) ?? NaN;
  return { median: at(Math.floor(sorted.length / 2)), min: at(0), max: at(-1) };
}

/**
 * What the target is about, turn by turn: both sides of a turn had the same neighbours on the
 * machine.
 */
export function resultOf({ as, limit = [], sidecar }: Figure): Spread {
  switch (as) {
    case 'ratio':
      return spreadOf(sidecar.map((value, turn) => value / (limit[turn] ?? NaN)));
    case 'difference':
      return spreadOf(sidecar.map((value, turn) => value - (limit[turn] ?? NaN)));
    case 'value':
      return spreadOf(sidecar);
  }
}

export function isMet({ target, ...figure }: Figure): boolean | undefined {
  if (target === undefined) return undefined;
  const { median } = resultOf(figure);
  return 'atLeast' in target ? median >= target.atLeast : median <= target.atMost;
}

/** A round number of bytes. */
export function formatBytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  return count < 1_000_000 ? `${count / 1_000} kB` : `${count / 1_000_000} MB`;
}

const HEAD = ['figure', 'limit', 'sidecar', 'result', 'spread', 'target', 'met'];

/** A table in Markdown. */
export function formatTable(figures: readonly Figure[]): string {
  const lines = [
    HEAD,
    ['---', '---:', '---:', '---:', '---:', '---:', '---'],
    ...figures.map(rowOf),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function rowOf(figure: Figure): string[] {
  const { name, unit, limit, sidecar, as } = figure;
  const { median, min, max } = resultOf(figure);
  const met = isMet(figure);
  const print = (value: number): string => (as === 'ratio' ? value.toFixed(2) : short(value));
  return [
    name,
    limit === undefined ? '' : `${short(spreadOf(limit).median)} ${unit}`,
    `${short(spreadOf(sidecar).median)} ${unit}`,
    as === 'ratio' ? print(median) : `${print(median)} ${unit}`,
    `${print(min)} to ${print(max)}`,
    targetOf(figure),
    met === undefined ? '' : met ? 'yes' : 'no',
  ];
}

function targetOf({ target, as, unit }: Figure): string {
  if (target === undefined) return '';
  const [sign, value] = 'atLeast' in target ? ['≥', target.atLeast] : ['≤', target.atMost];
  return as === 'ratio' ? `${sign} ${value.toFixed(2)}` : `${sign} ${value} ${unit}`;
}

/** Three digits that say something, as a person would write them. */
function short(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
