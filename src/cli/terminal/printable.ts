/**
 * Escapes text from a message for one line of a terminal or a log: control characters (C0, DEL and
 * C1), line separators and the controls of bidirectional text become JSON escapes. A message cannot
 * move the cursor, forge a line or change the order in which it is read.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (control) => {
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
