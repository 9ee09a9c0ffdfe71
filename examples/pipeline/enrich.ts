/**
 * The second of three actors: counts the words of a sentence. To show what else can happen, a
 * sentence with
 *
 * - `flaky` fails at its first attempt, and asks for another one
 * - `secret` is answered with nothing: its journey ends here, happily
 * - `broken` is an error
 */
import type { IncomingHttpHeaders } from 'node:http';

export function handle(payload: unknown, headers: IncomingHttpHeaders): object | null {
  const sentence = checkSentence(payload);
  const words: readonly string[] = sentence.text.match(/[\p{L}\p{N}']+/gu) ?? [];
  if (words.includes('broken')) throw new RangeError(`this sentence is broken: ${sentence.text}`);
  if (words.includes('secret')) return null;
  if (words.includes('flaky') && headers['asya-attempt'] === '1') throw new TryAgain('not today');
  return { ...sentence, words: words.length };
}

class TryAgain extends Error {
  override readonly name = 'TryAgain';
  readonly retryable = true;
}

function checkSentence(payload: unknown): { readonly text: string } {
  const isSentence = typeof payload === 'object' && payload !== null && 'text' in payload;
  if (isSentence && typeof payload.text === 'string') return { ...payload, text: payload.text };
  throw new TypeError('the payload must have a text');
}
