/**
 * `amqp://user:secret@host` without the secret, anywhere in a text or a line of JSON. A password
 * may hold what should have been escaped: everything from `://user:` to the last at-sign before the
 * host's end counts as one.
 *
 * Takes time in proportion to the text: where no at-sign follows a `://user:`, none follows a later
 * one up to the same end either, so that those are skipped.
 */
export function redactPasswords(text: string): string {
  let clean = '';
  let copiedTo = 0;
  USER.lastIndex = 0;
  while (USER.test(text)) {
    const start = USER.lastIndex;
    const end = endOfPassword(text, start);
    if (text[end] !== '@') {
      // The colon may begin the next `://` itself.
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
 * What no password holds, unless a backslash escapes it in a line of JSON, and the at-sign that
 * ends it.
 */
const PASSWORD_END = /[\s"@\\]/g;

/** Where the first at-sign is, or the text or the line of JSON ends. */
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

/** Where the host begins, behind at-signs that belong to the password. */
function endOfAuthority(text: string, at: number): number {
  let end = at + 1;
  AUTHORITY_END.lastIndex = end;
  for (let found = AUTHORITY_END.exec(text); found?.[0] === '@'; found = AUTHORITY_END.exec(text)) {
    end = found.index + 1;
  }
  return end;
}
