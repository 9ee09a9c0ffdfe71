/**
 * The second of three actors: counts the words of a sentence. Some words show other outcomes:
 *
 * - `flaky` fails at the first attempt and requests another one.
 * - `secret` returns null, so that the envelope goes to happy-end unchanged.
 * - `broken` fails.
 */
import { Retry, type Context } from '@asya/runtime';

export async function handle(sentence: { text: string }, { attempt }: Context): Promise<unknown> {
  const words: readonly string[] = sentence.text.match(/[\p{L}\p{N}']+/gu) ?? [];
  if (words.includes('broken')) throw new RangeError(`cannot count: ${sentence.text}`);
  if (words.includes('secret')) return null;
  if (words.includes('flaky') && attempt === 1) throw new Retry({ message: 'temporary failure' });
  return { ...sentence, words: words.length };
}
