import type { EChartsOption } from 'echarts';
import type { Size } from './renderSvg.ts';
import { BORDER, FAINT, TEXT } from './theme.ts';

export interface TableColumn {
  readonly title: string;
  /** Relative to the widths of the other columns. @default 1 */
  readonly weight?: number;
}

export interface TableCell {
  readonly text: string;
  readonly color?: string;
  readonly background?: string;
}

const TOP = 36;
const ROW = 30;
const MARGIN = 8;

/** A table in ECharts' matrix component. Rows that do not fit are left out. */
export function tableChart(
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
  { width, height }: Size,
): EChartsOption {
  const shown = rows.slice(0, Math.floor((height - TOP) / ROW) - 1);
  const total = columns.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const widths = columns.map(({ weight = 1 }) => ((width - 2 * MARGIN) * weight) / total);
  const labelAt = (column: number) => label(widths[column] ?? 0);
  return {
    matrix: {
      left: MARGIN,
      top: TOP,
      width: width - 2 * MARGIN,
      height: (shown.length + 1) * ROW,
      backgroundStyle: { borderWidth: 0, color: 'transparent' },
      x: {
        levelSize: ROW,
        data: columns.map(({ title }, column) => ({
          value: title,
          size: widths[column] ?? 0,
          label: { ...labelAt(column), color: FAINT },
        })),
        itemStyle: { borderWidth: 0 },
        dividerLineStyle: { color: BORDER },
      },
      y: { show: false, data: shown.map((_, row) => `${row}`) },
      body: {
        itemStyle: { borderWidth: 0 },
        data: shown.flatMap((cells, row) =>
          cells.map((cell, column) => bodyCell(cell, [column, row], labelAt(column))),
        ),
      },
    },
  };
}

function bodyCell(
  { text, color = TEXT, background }: TableCell,
  coord: [column: number, row: number],
  cellLabel: ReturnType<typeof label>,
) {
  return {
    coord,
    value: text,
    label: { ...cellLabel, color },
    itemStyle:
      background === undefined
        ? { borderWidth: 0 }
        : { borderColor: BORDER, borderWidth: 1, color: background },
  };
}

function label(width: number) {
  return {
    position: 'insideLeft',
    distance: 8,
    width: width - 12,
    overflow: 'truncate',
    fontSize: 12,
  } as const;
}
