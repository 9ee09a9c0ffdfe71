/**
 * Characters that no reader sees, but that change what is seen: control characters, marks of the
 * writing direction, characters without a width, and halves of a character.
 */
const HIDDEN = /[\p{Cc}\p{Cs}\u061c\u115f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;

/** Shows each hidden character of a text as its escape in JSON. Line feeds and tabs stay. */
export function visibleText(text: string): string {
  return text.replaceAll(HIDDEN, (character) =>
    character === '\n' || character === '\t'
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Shows an id as `visibleText` does, and one of spaces alone in quotation marks. */
export function visibleId(id: string): string {
  return id.trim() === '' ? JSON.stringify(id) : visibleText(id);
}
