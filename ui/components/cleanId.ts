/**
 * The id in a text that was copied from a log, a table or a JSON document: without white space,
 * quotes, and the comma after a member.
 */
export function cleanId(text: string): string {
  const trimmed = text.trim().replace(/,$/, '').trim();
  const [, quoted] = /^(["'`])([^]*)\1$/.exec(trimmed)?.slice(1) ?? [];
  return (quoted ?? trimmed).trim();
}
