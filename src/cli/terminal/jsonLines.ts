/**
 * Formats a valid JSON text with one member or element a line. Tokens keep their spelling: large
 * numbers, `1.0`, escapes and repeated keys survive.
 */
export function* formatJsonLines(json: string): Generator<string> {
  let indent = '';
  let line = '';
  let last = '';
  for (const token of tokensOf(json)) {
    const isEmptyContainer = isCloser(token) && isOpener(last);
    if (isCloser(token)) indent = indent.slice(0, -INDENT.length);
    if ((isOpener(last) || last === ',' || isCloser(token)) && !isEmptyContainer) {
      yield line;
      line = indent;
    }
    if (isOpener(token)) indent += INDENT;
    line += token === ':' ? ': ' : token;
    last = token;
  }
  yield line;
}

const INDENT = '  ';

/** A bracket, a separator, a number or a literal. */
const TOKEN = /[{}[\],:]|[^\s{}[\],:"]+/y;

function* tokensOf(json: string): Generator<string> {
  const pattern = new RegExp(TOKEN);
  for (let at = 0; at < json.length;) {
    pattern.lastIndex = at;
    const token =
      json[at] === '"' ? json.slice(at, endOfString(json, at)) : pattern.exec(json)?.[0];
    if (token !== undefined) yield token;
    at += token?.length ?? 1;
  }
}

/** A pattern for strings would overflow the stack on a long one. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    if (json[at] === '\\') at++;
    else if (json[at] === '"') return at + 1;
  }
  return json.length;
}

function isOpener(token: string): boolean {
  return token === '{' || token === '[';
}

function isCloser(token: string): boolean {
  return token === '}' || token === ']';
}
