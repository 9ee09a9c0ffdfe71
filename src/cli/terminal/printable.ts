/**
 * Escapes text from a message for one line of a terminal or a log: control characters (C0, DEL and
 * C1) become JSON escapes, so that a message cannot move the cursor or forge a line.
 */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (control) => {
    const escaped = JSON.stringify(control).slice(1, -1);
    return escaped === control
      ? `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
      : escaped;
  });
}

/** Like `printable`, with each run of white space, line breaks included, replaced by one space. */
export function printableLine(text: string): string {
  return printable(text.replaceAll(/\s+/g, ' ').trim());
}
