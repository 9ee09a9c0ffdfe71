import { styleText } from 'node:util';
import type { CheckResult } from '../../check.ts';
import { wrap } from '../command/usage.ts';
import { printable, printableLine } from '../terminal/printable.ts';
import { formatTable, widthOf } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';

type Style = Parameters<typeof styleText>[0];

const STYLES: Readonly<Record<CheckResult['result'], Style>> = {
  ok: 'green',
  warning: 'yellow',
  failed: 'red',
  missing: 'yellow',
  'not checked': 'dim',
};

/** Details are not wrapped into fewer columns than this. */
const MIN_DETAIL_WIDTH = 30;

/** A table of the results, and a last line that summarizes them. */
export function formatReport(
  results: readonly CheckResult[],
  { width, colour }: Pick<Terminal, 'width' | 'colour'>,
): string {
  const paint = (style: Style, text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const checkWidth = Math.max(...results.map(({ check }) => widthOf(printable(check))));
  const resultWidth = 'not checked'.length;
  const detailWidth = Math.max(
    (width ?? Number.POSITIVE_INFINITY) - checkWidth - resultWidth - 4,
    MIN_DETAIL_WIDTH,
  );
  const rows = results.flatMap(({ check, result, detail }) =>
    wrap(printableLine(detail), detailWidth).map((line, index) =>
      index === 0 ? [printable(check), paint(STYLES[result], result), line] : ['', '', line],
    ),
  );
  const summary = summarize(results);
  const isReady = countFailed(results) === 0;
  return `${formatTable(rows)}\n${paint(isReady ? 'green' : 'red', summary)}\n`;
}

/** One JSON object in each line. */
export function formatJsonReport(results: readonly CheckResult[]): string {
  return results
    .map(({ check, result, detail }) => `${JSON.stringify({ check, result, detail })}\n`)
    .join('');
}

export function countFailed(results: readonly CheckResult[]): number {
  return results.filter(({ result }) => result === 'failed').length;
}

function summarize(results: readonly CheckResult[]): string {
  const count = countFailed(results);
  if (count === 0) return 'ready to start';
  return count === 1 ? '1 check failed' : `${count} checks failed`;
}
