import { truncate } from '../../../unicode.ts';
import { readHtml, type HtmlTexts } from './html.ts';
import { oneLine } from './oneLine.ts';
import { errorText, exceptionOf, type ErrorText } from './errorText.ts';

/**
 * Reads the text of a body. A traceback of Python ends with its message; the stacks of JavaScript
 * and Java begin with it.
 */
export function readPlainError(text: string): ErrorText {
  const trimmed = text.trim();
  if (trimmed.startsWith('Traceback (most recent call last)')) {
    const message = oneLine(trimmed.slice(trimmed.lastIndexOf('\n') + 1));
    return errorText({ message, type: exceptionOf(message), traceback: trimmed });
  }
  if (/\n[\t ]+at /.test(trimmed)) return readStack(trimmed);
  const message = oneLine(trimmed);
  return errorText({ message, type: exceptionOf(message) });
}

/** Titles that contain less than the `pre` of the same page. Express sends `Error`. */
const EMPTY_TITLES: ReadonlySet<string> = new Set(['', 'Error']);

/** In characters, of all paragraphs of a message. */
const MAX_PARAGRAPHS_LENGTH = 500;

/**
 * Reads an error page: its title with its first paragraphs, or its `pre` if the title has no
 * content.
 */
export function readHtmlError(html: string): ErrorText {
  const texts = readHtml(html);
  const { title, preformatted, all } = texts;
  if (preformatted !== '' && EMPTY_TITLES.has(title)) return readStack(preformatted);
  const detail = detailOf(texts);
  // The title of Werkzeug's debugger is the error, followed by the name of the debugger.
  const isRepeated = detail !== '' && title.includes(detail);
  const message = isRepeated ? detail : [title, detail].filter((text) => text !== '').join(': ');
  return errorText({
    message: message === '' ? all : message,
    type: exceptionOf(title),
  });
}

/** The text that follows the title. Django's debug page has the error in its first `pre`. */
function detailOf({ title, preformatted, paragraphs }: HtmlTexts): string {
  if (exceptionOf(title) === undefined)
    return truncate(paragraphs.join(' '), MAX_PARAGRAPHS_LENGTH);
  return oneLine(/ at \//.test(title) ? firstLine(preformatted) : (paragraphs[0] ?? ''));
}

function readStack(stack: string): ErrorText {
  const message = oneLine(firstLine(stack));
  const traceback = stack.includes('\n') ? stack.replaceAll('\u00a0', ' ') : undefined;
  return errorText({ message, type: exceptionOf(message), traceback });
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n', 1);
  return line;
}
