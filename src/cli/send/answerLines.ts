import { faultText } from '../../faults.ts';
import type { Answer, AnswerFailure } from '../replies/answer.ts';
import type { Incomplete, Place } from '../replies/journeyTracker.ts';
import { printable } from '../terminal/printable.ts';

/**
 * Prints a final payload. The only answer is unchanged, line breaks included. Any other one has one
 * line, which begins with the id of its envelope.
 * @param asText whether the line is for a terminal, which must not receive control characters
 */
export function formatPayload(
  { id }: Answer,
  { path }: Place,
  payload: Buffer,
  { isOnly, asText }: { readonly isOnly: boolean; readonly asText: boolean },
): string {
  const json = payload.toString('utf8');
  // JSON has line breaks and tabs only between its tokens.
  const line = (): string => json.replaceAll(/[\t\r\n]+ */g, ' ');
  const isAlone = isOnly && path?.length === 0;
  const text = asText ? printable(line()) : isAlone ? json : line();
  return isAlone ? `${text}\n` : `${formatPlace(id, path)}\t${text}\n`;
}

/** `env-1.0.1 [1]: runtime_error at "infer": ValueError: not a number` */
export function formatFailure(
  { id }: Answer,
  { path }: Place,
  { fault, actor }: AnswerFailure,
): string {
  const place = actor === undefined ? '' : ` at "${actor}"`;
  const text = `${fault.code}${place}: ${faultText(fault)}`;
  return `${formatPlace(id, path)}: ${printable(text)}\n`;
}

/** The largest number of journeys to list. */
const MAX_LISTED = 20;

/**
 * Prints how many answers are missing, and for which envelopes.
 * @param reason why no more answers are waited for
 * @param incomplete at least one
 */
export function formatMissing(
  reason: string,
  total: Pick<Incomplete, 'received' | 'expected'>,
  incomplete: readonly Incomplete[],
): string {
  const [first, ...others] = incomplete;
  if (first !== undefined && others.length === 0) {
    const what = first.unplaced > 0 ? formatCount(first) : formatCount({ ...total, unplaced: 0 });
    return `${printable(reason)}; ${what}: ${formatJourney(first)}\n`;
  }
  const isKnown = incomplete.every(({ unplaced }) => unplaced === 0);
  const what = isKnown
    ? formatCount({ ...total, unplaced: 0 })
    : `answers to ${incomplete.length} envelopes are missing`;
  const lines = incomplete
    .slice(0, MAX_LISTED)
    .map((one) => `  ${formatJourney(one)}: ${formatCount(one)}\n`);
  if (incomplete.length > MAX_LISTED) lines.push(`  and ${incomplete.length - MAX_LISTED} more\n`);
  return `${printable(reason)}; ${what}:\n${lines.join('')}`;
}

function formatCount({
  received,
  expected,
  unplaced,
}: Pick<Incomplete, 'received' | 'expected' | 'unplaced'>): string {
  return unplaced === 0
    ? `${expected - received} of ${expected} answers missing`
    : `${received + unplaced} answers, and an unknown number missing`;
}

function formatJourney({ id, journeyId, unplaced }: Incomplete): string {
  const name = id === journeyId ? `journey ${id}` : `${id}, journey ${journeyId}`;
  const reason = unplaced === 0 ? '' : ' (not all of its fan-outs are known)';
  return `${printable(name)}${reason}`;
}

/** The index in each fan-out, the outermost first: `env-1.0.1.4.2 [1][2]`. */
function formatPlace(id: string, path: Place['path'] = []): string {
  const indexes = path.map((index) => `[${index}]`).join('');
  return indexes === '' ? printable(id) : `${printable(id)} ${indexes}`;
}
