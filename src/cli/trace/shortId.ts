const ELLIPSIS = '…';

/**
 * Shortens an id in the middle: ids of one producer often begin alike, and those of a fan-out's
 * children end differently.
 */
export function shortenId(id: string, width: number): string {
  if (id.length <= width) return id;
  const start = Math.ceil((width - 1) / 2);
  const end = id.slice(id.length - (width - 1 - start));
  return `${id.slice(0, start)}${ELLIPSIS}${end}`.toWellFormed();
}

/** Whether a text is an id, or the id as `shortenId` shows it. */
export function isIdOrShortened(text: string, id: string): boolean {
  if (text === id) return true;
  const at = text.indexOf(ELLIPSIS);
  if (at < 0 || id.length < text.length) return false;
  return id.startsWith(text.slice(0, at)) && id.endsWith(text.slice(at + ELLIPSIS.length));
}
