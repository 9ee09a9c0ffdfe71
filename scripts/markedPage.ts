/** A page with the part between two marks replaced; what stands round them stays. */
export function replaceBetween(page: string, start: string, end: string, part: string): string {
  const from = page.indexOf(start);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page must have "${start}" and then "${end}"`);
  return `${page.slice(0, from)}${start}\n\n${part}\n\n${page.slice(to)}`;
}
