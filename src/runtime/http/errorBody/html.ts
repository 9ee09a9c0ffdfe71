import { decodeEntities } from './entities.ts';
import { splitMarkup } from './markup.ts';
import { oneLine } from './oneLine.ts';

/** The texts of an error page, without markup. A text that is missing is empty. */
export interface HtmlTexts {
  readonly title: string;
  /** The lines of the first `pre`, which contains the stack in many frameworks. */
  readonly preformatted: string;
  /** The first paragraphs that are not empty. */
  readonly paragraphs: readonly string[];
  /** All text of the page. */
  readonly all: string;
}

/** The elements whose texts are read. */
type ElementName = 'title' | 'pre' | 'p';

const MAX_PARAGRAPHS = 3;

/** Reads the texts of an HTML document. Malformed documents are accepted. */
export function readHtml(html: string): HtmlTexts {
  const reader = new HtmlReader();
  for (const part of splitMarkup(html)) {
    if (part.kind === 'tag') reader.onTag(part.name);
    else reader.onText(part.text);
  }
  return reader.end();
}

class HtmlReader {
  #current: ElementName | undefined;
  /** The pieces of the current element. */
  #pieces: string[] = [];
  readonly #all: string[] = [];
  #title: string | undefined;
  #preformatted: string | undefined;
  readonly #paragraphs: string[] = [];

  onTag(name: string): void {
    switch (name) {
      case 'title':
      case 'pre':
      case 'p':
        this.#finish();
        this.#current = name;
        return;
      case 'br':
        this.#pieces.push('\n');
        return;
      case '/title':
      case '/pre':
      case '/p':
      case '/div':
      case '/body':
        this.#finish();
        return;
      default:
    }
  }

  onText(text: string): void {
    if (this.#current !== 'title') this.#all.push(text);
    if (this.#current !== undefined) this.#pieces.push(text);
  }

  end(): HtmlTexts {
    this.#finish();
    return {
      title: oneLine(this.#title ?? ''),
      preformatted: this.#preformatted ?? '',
      paragraphs: this.#paragraphs,
      all: oneLine(decodeEntities(this.#all.join(' '))),
    };
  }

  #finish(): void {
    const text = decodeEntities(this.#pieces.join('')).trim();
    const name = this.#current;
    this.#current = undefined;
    this.#pieces = [];
    if (text === '') return;
    if (name === 'title') this.#title ??= text;
    else if (name === 'pre') this.#preformatted ??= text;
    else if (name === 'p' && this.#paragraphs.length < MAX_PARAGRAPHS)
      this.#paragraphs.push(oneLine(text));
  }
}
