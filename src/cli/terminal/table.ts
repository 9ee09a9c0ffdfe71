import { stripVTControlCharacters } from 'node:util';

export type Alignment = 'left' | 'right';

/**
 * Formats rows as a table with two spaces between columns. A column is as wide as its longest cell;
 * colour sequences take no width.
 * @param alignments by column; `left` for the others
 */
export function formatTable(
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[] = [],
): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, widthOf(cell))));
  }
  const lines = rows.map((row) => {
    const cells = row.map((cell, column) => pad(cell, widths[column] ?? 0, alignments[column]));
    return cells.join('  ').trimEnd();
  });
  return `${lines.join('\n')}\n`;
}

function pad(cell: string, width: number, alignment: Alignment = 'left'): string {
  const blank = ' '.repeat(width - widthOf(cell));
  return alignment === 'left' ? cell + blank : blank + cell;
}

/** In columns, without colour sequences. */
export function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
