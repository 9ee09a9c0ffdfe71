import { endOfString, scanValue, skipSpace } from './jsonScanner.ts';

/** Deeper lines are not indented further: 10,000 levels would need 100 MB of spaces. */
const MAX_INDENT_LEVEL = 40;

/** Indents a JSON text. Only white space changes: numbers and strings keep their characters. */
export function formatJson(text: string): string {
  const parts: string[] = [];
  let level = 0;
  let at = skipSpace(text, 0);
  const addLine = (): void => {
    parts.push('\n', '  '.repeat(Math.min(level, MAX_INDENT_LEVEL)));
  };
  while (at < text.length) {
    const end = endOfToken(text, at);
    const token = text.slice(at, end);
    const next = skipSpace(text, end);
    if (token === '{' || token === '[') {
      parts.push(token);
      level += 1;
      if (text[next] !== '}' && text[next] !== ']') addLine();
    } else if (token === '}' || token === ']') {
      level -= 1;
      if (!/^[[{]$/.test(parts.at(-1) ?? '')) addLine();
      parts.push(token);
    } else if (token === ',') {
      parts.push(token);
      addLine();
    } else parts.push(token === ':' ? ': ' : token);
    at = next;
  }
  return parts.join('');
}

function endOfToken(text: string, at: number): number {
  const character = text[at] ?? '';
  if (character === '"') return endOfString(text, at) ?? text.length;
  return '{}[],:'.includes(character) ? at + 1 : scanValue(text, at).end;
}
