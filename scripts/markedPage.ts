/** The formatter leaves the generated part as the renderer wrote it. */
const FORMATTER_OFF = '<!-- prettier-ignore-start -->';
const FORMATTER_ON = '<!-- prettier-ignore-end -->';

/** Replaces the part of a page between two marks, and keeps the rest. */
export function replaceBetween(page: string, start: string, end: string, part: string): string {
  const from = page.indexOf(start);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page must have "${start}" and then "${end}"`);
  const generated = [start, FORMATTER_OFF, part, FORMATTER_ON].join('\n\n');
  return `${page.slice(0, from)}${generated}\n\n${page.slice(to)}`;
}
