/** A tag of an HTML document, or the text between two tags with its character references. */
export type MarkupPart =
  | {
      readonly kind: 'tag';
      /** In lower case, with a slash if it is an end tag: `pre`, `/pre`. */
      readonly name: string;
      readonly attributes: string;
    }
  | { readonly kind: 'text'; readonly text: string };

/**
 * Splits an HTML document. Comments, declarations, scripts and styles are skipped, and so is the
 * rest after one without an end, so that the work is linear in the size of the document.
 */
export function* splitMarkup(html: string): Generator<MarkupPart> {
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    const textEnd = open < 0 ? html.length : open;
    if (textEnd > at) yield { kind: 'text', text: html.slice(at, textEnd) };
    if (open < 0) return;
    if (/[a-z/!?]/i.test(html.charAt(open + 1))) {
      const tag = readTag(html, open);
      if (tag.name !== '') yield { kind: 'tag', ...tag };
      at = tag.end;
    } else {
      yield { kind: 'text', text: '<' };
      at = open + 1;
    }
  }
}

interface Tag {
  /** Empty for a comment or a declaration. */
  readonly name: string;
  readonly attributes: string;
  /** The end of the tag, or of the element if its content is not text. */
  readonly end: number;
}

const NAME = /^<(\/?[a-z][a-z\d]*)/i;

function readTag(html: string, open: number): Tag {
  if (html.startsWith('<!--', open)) {
    return { name: '', attributes: '', end: endAfter(html, '-->', open + 4) };
  }
  const end = endAfter(html, '>', open);
  const text = html.slice(open, end);
  const [start = '', name = ''] = NAME.exec(text) ?? [];
  const attributes = text.slice(start.length, -1);
  return { name: name.toLowerCase(), attributes, end: endOfElement(html, name.toLowerCase(), end) };
}

/** Returns the end of the document if `mark` is missing. */
function endAfter(html: string, mark: string, from: number): number {
  const at = html.indexOf(mark, from);
  return at < 0 ? html.length : at + mark.length;
}

/** The content of a script or a style is not text. */
function endOfElement(html: string, name: string, contentStart: number): number {
  if (name !== 'script' && name !== 'style') return contentStart;
  const endTag = name === 'script' ? /<\/script/gi : /<\/style/gi;
  endTag.lastIndex = contentStart;
  return endTag.exec(html)?.index ?? html.length;
}
