import type { Answer, AnswerFailure } from '../replies/answer.ts';
import type { Incomplete, Place } from '../replies/journeyTracker.ts';
import { printable } from '../terminal/printable.ts';

/**
 * Prints a final payload on one line, after the id of its envelope unless it is the only answer.
 * @param asText whether the line is for a terminal; otherwise the payload is unchanged
 */
export function formatPayload(
  { id }: Answer,
  { path }: Place,
  payload: Buffer,
  { isOnly, asText }: { readonly isOnly: boolean; readonly asText: boolean },
): string {
  const json = payload.toString('utf8');
  const text = asText ? printable(json.replaceAll(/[\t\r\n]+ */g, ' ')) : json;
  return isOnly && path?.length === 0 ? `${text}\n` : `${formatPlace(id, path)}\t${text}\n`;
}

/** `env-1.0.1 [1]: runtime_error at "infer": ValueError: not a number` */
export function formatFailure(
  { id }: Answer,
  { path }: Place,
  { fault: { code, message, type }, actor }: AnswerFailure,
): string {
  const parts = [actor === undefined ? code : `${code} at "${actor}"`, type, message];
  const text = parts.filter((part) => part !== undefined).join(': ');
  return `${formatPlace(id, path)}: ${printable(text)}\n`;
}

/** The largest number of journeys to list. */
const MAX_LISTED = 20;

/**
 * Prints how many answers are missing, and for which envelopes.
 * @param reason why no more answers are waited for
 */
export function formatMissing(
  reason: string,
  { received, expected }: Pick<Incomplete, 'received' | 'expected'>,
  incomplete: readonly Incomplete[],
): string {
  const [first, ...others] = incomplete;
  const summary = printable(`${reason}; ${expected - received} of ${expected} answers missing`);
  if (first !== undefined && others.length === 0) return `${summary}: ${formatJourney(first)}\n`;
  const lines = incomplete.slice(0, MAX_LISTED).map((one) => {
    const missing = `${one.expected - one.received} of ${one.expected}`;
    return `  ${formatJourney(one)}: ${missing} missing\n`;
  });
  if (incomplete.length > MAX_LISTED) lines.push(`  and ${incomplete.length - MAX_LISTED} more\n`);
  return `${summary}:\n${lines.join('')}`;
}

function formatJourney({ id, journeyId, isTraceable }: Incomplete): string {
  const name = id === journeyId ? `journey ${id}` : `${id}, journey ${journeyId}`;
  const doubt = isTraceable ? '' : ' (its fan-outs are not all known)';
  return `${printable(name)}${doubt}`;
}

/** The index in each fan-out, the outermost first: `env-1.0.1.4.2 [1][2]`. */
function formatPlace(id: string, path: Place['path'] = []): string {
  const indexes = path.map((index) => `[${index}]`).join('');
  return indexes === '' ? printable(id) : `${printable(id)} ${indexes}`;
}
