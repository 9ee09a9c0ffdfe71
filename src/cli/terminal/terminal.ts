/** Where a command writes for people. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** In columns; undefined when it is none. */
  readonly width: number | undefined;
  readonly colour: boolean;
}

/** Rows under each other, columns as wide as what stands in them; the last one as it is. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  }
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  '),
  );
  return `${lines.join('\n')}\n`;
}

/**
 * Text of a message for one line of a terminal: control characters (C0, DEL and C1) are escaped as
 * in JSON.
 */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (control) => {
    const escaped = JSON.stringify(control).slice(1, -1);
    return escaped === control
      ? `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
      : escaped;
  });
}
