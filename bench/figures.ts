/** A measurement, with the limit it is compared to and its target. */
export interface Figure {
  readonly name: string;
  /** The value of the growing parameter, in a `growing-*` scenario. */
  readonly at?: number | undefined;
  /** The unit of `limit` and `sidecar`. */
  readonly unit: string;
  /** One value per turn, in the order of `sidecar`; absent if the figure has no limit. */
  readonly limit?: readonly number[];
  readonly sidecar: readonly number[];
  /** How `sidecar` is compared to `limit`. */
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
 * The value that the target applies to. Ratios and differences are taken within a turn, because
 * both sides of a turn ran under the same load of the machine.
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

/** Formats a round number of bytes. */
export function formatBytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  return count < 1_000_000 ? `${count / 1_000} kB` : `${count / 1_000_000} MB`;
}

const COLUMNS = ['figure', 'limit', 'sidecar', 'result', 'spread', 'target', 'met'];

/** Formats figures as a Markdown table. */
export function formatTable(figures: readonly Figure[]): string {
  const lines = [
    COLUMNS,
    ['---', '---:', '---:', '---:', '---:', '---:', '---'],
    ...figures.map(rowOf),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function rowOf(figure: Figure): string[] {
  const { name, unit, limit, sidecar, as } = figure;
  const { median, min, max } = resultOf(figure);
  const met = isMet(figure);
  const print = (value: number): string => (as === 'ratio' ? value.toFixed(2) : format(value));
  return [
    name,
    limit === undefined ? '' : `${format(spreadOf(limit).median)} ${unit}`,
    `${format(spreadOf(sidecar).median)} ${unit}`,
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

/** Formats a number with three significant digits, or as a grouped integer from 100 on. */
function format(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
