import type { EChartsOption } from 'echarts';
import type { Size } from './renderSvg.ts';
import { namedColor, TEXT } from './theme.ts';

/** A column of a table whose rows have the type `Row`. */
export interface Column<Row> {
  readonly title: string;
  /** In pixels. @default an equal part of the remaining width */
  readonly width?: number;
  text(row: Row): string;
  /** @default none */
  background?(row: Row): string;
}

/** The colors of states, levels and outcomes. */
const TEXT_COLORS = new Map([
  ...['firing', 'error', 'retry', 'retry_spent', 'error_end'].map((text) => [text, 'red'] as const),
  ...['pending', 'warn'].map((text) => [text, 'orange'] as const),
]);

const TOP = 36;
const ROW_HEIGHT = 30;

/** A table in ECharts' matrix component. Rows that do not fit are left out. */
export function tableChart<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { width, height }: Size,
): EChartsOption {
  const shown = rows.slice(0, Math.floor((height - TOP) / ROW_HEIGHT) - 1);
  const cells = shown.flatMap((row, y) =>
    columns.map((column, x) => ({
      coord: [x, y],
      value: column.text(row),
      label: { color: namedColor(TEXT_COLORS.get(column.text(row)) ?? TEXT) },
      itemStyle: { color: column.background?.(row) || 'none' },
    })),
  );
  return {
    matrix: {
      left: 8,
      top: TOP,
      width: width - 16,
      height: (shown.length + 1) * ROW_HEIGHT,
      x: {
        levelSize: ROW_HEIGHT,
        data: columns.map(({ title, width: size }) => ({ value: title, ...(size && { size }) })),
      },
      y: { data: shown.map((_, row) => `${row}`) },
      body: { data: cells },
    },
  };
}
