/**
 * `amqp://user:secret@host` without the secret, wherever in a text, or a line of JSON, it stands. A password may hold
 * what should have been escaped, so that `://user:` up to the last at-sign before the host's end is taken for one.
 */
export function withoutPasswords(text: string): string {
  return text.replaceAll(URL_PASSWORD, '://$1:***@');
}

const URL_PASSWORD = /:\/\/([^\s:@/"]*):(?:\\["\\]|[^\s"@\\])+@(?:[^\s"@/\\]*@)*/g;
