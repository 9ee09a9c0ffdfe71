/**
 * Replaces passwords of URLs, such as `amqp://user:secret@host`, by `***` in a text or a line of
 * JSON. A password may contain characters that should have been escaped: it ends at the last
 * at-sign before the end of the authority.
 *
 * Takes linear time: if no at-sign follows a `://user:` before some end, none follows a later
 * `://user:` before the same end, and those are skipped.
 */
export function redactPasswords(text: string): string {
  let clean = '';
  let copiedTo = 0;
  USER.lastIndex = 0;
  while (USER.test(text)) {
    const start = USER.lastIndex;
    const end = endOfPassword(text, start);
    if (text[end] !== '@') {
      // The colon itself may begin the next `://`.
      USER.lastIndex = Math.max(start - 1, text.lastIndexOf('://', end));
    } else if (end > start) {
      clean += `${text.slice(copiedTo, start)}***@`;
      copiedTo = endOfAuthority(text, end);
      USER.lastIndex = copiedTo;
    }
  }
  return copiedTo === 0 ? text : clean + text.slice(copiedTo);
}

const USER = /:\/\/[^\s:@/"]*:/g;

/**
 * The at-sign that ends a password, and the characters that a password cannot contain unescaped.
 */
const PASSWORD_END = /[\s"@\\]/g;

/** Returns the index of the first at-sign, or the end of the text or of the string in JSON. */
function endOfPassword(text: string, start: number): number {
  PASSWORD_END.lastIndex = start;
  for (let found = PASSWORD_END.exec(text); found !== null; found = PASSWORD_END.exec(text)) {
    const next = text[found.index + 1];
    if (found[0] !== '\\' || (next !== '"' && next !== '\\')) return found.index;
    PASSWORD_END.lastIndex = found.index + 2;
  }
  return text.length;
}

const AUTHORITY_END = /[\s"@/\\]/g;

/** Returns the index of the host, after any at-signs of the password. */
function endOfAuthority(text: string, at: number): number {
  let end = at + 1;
  AUTHORITY_END.lastIndex = end;
  for (let found = AUTHORITY_END.exec(text); found?.[0] === '@'; found = AUTHORITY_END.exec(text)) {
    end = found.index + 1;
  }
  return end;
}
