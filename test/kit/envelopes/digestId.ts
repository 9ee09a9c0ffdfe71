import { createHash } from 'node:crypto';

/** The id of the journey of a message without a readable envelope: the digest of its body. */
export function digestIdOf(body: string | Buffer): string {
  return `sha256-${createHash('sha256').update(body).digest('hex')}`;
}
