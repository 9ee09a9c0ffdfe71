/**
 * The second of three actors: counts the words of a sentence. Some words show other outcomes:
 *
 * - `flaky` fails at the first attempt and requests another one.
 * - `secret` returns null, so that the envelope goes to happy-end unchanged.
 * - `broken` fails.
 */
import type { IncomingHttpHeaders } from 'node:http';

export function handle(payload: unknown, headers: IncomingHttpHeaders): object | null {
  const sentence = checkSentence(payload);
  const words: readonly string[] = sentence.text.match(/[\p{L}\p{N}']+/gu) ?? [];
  if (words.includes('broken')) throw new RangeError(`cannot count: ${sentence.text}`);
  if (words.includes('secret')) return null;
  if (words.includes('flaky') && headers['asya-attempt'] === '1')
    throw new TryAgain('temporary failure');
  return { ...sentence, words: words.length };
}

class TryAgain extends Error {
  override readonly name = 'TryAgain';
  readonly retryable = true;
}

function checkSentence(payload: unknown): { readonly text: string } {
  const isSentence = typeof payload === 'object' && payload !== null && 'text' in payload;
  if (isSentence && typeof payload.text === 'string') return { ...payload, text: payload.text };
  throw new TypeError('text must be a string');
}
