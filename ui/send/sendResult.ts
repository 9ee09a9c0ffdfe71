import type {
  SendAnswer,
  SendEnd,
  SendEvent,
  SentEnvelope,
} from '../../src/cli/ui/send/contract.ts';

import { capitalize } from '../components/capitalize.ts';

/** What is known about an envelope that is being sent, or was sent. */
export interface SendResult {
  /** Why the envelope waits to be published. */
  readonly notice: string | undefined;
  readonly sent: SentEnvelope | undefined;
  readonly answers: readonly SendAnswer[];
  readonly end: ResultEnd | undefined;
}

/** `stopped`: by the user. `lost`: the server did not answer to the end. */
export type ResultEnd = Omit<SendEnd, 'kind'> & {
  readonly kind: SendEnd['kind'] | 'stopped' | 'lost';
};

export const NO_RESULT: SendResult = {
  notice: undefined,
  sent: undefined,
  answers: [],
  end: undefined,
};

export function addEvent(result: SendResult, event: SendEvent): SendResult {
  if ('notice' in event) return { ...result, notice: event.notice };
  if ('sent' in event) return { ...result, notice: undefined, sent: event.sent };
  if ('answer' in event && event.answer !== undefined)
    return { ...result, answers: [...result.answers, event.answer] };
  if ('end' in event) return { ...result, end: event.end };
  return result;
}

/** Ends a result that has no end of its own. */
export function endResult(
  result: SendResult,
  kind: 'stopped' | 'lost' | 'failed',
  text: string,
): SendResult {
  if (result.end !== undefined) return result;
  const failures = result.answers.filter(({ failure }) => failure !== undefined).length;
  return { ...result, end: { kind, text, answers: result.answers.length, failures } };
}

/** The failures first, then in the order of the fan-out. */
export function sortAnswers(answers: readonly SendAnswer[]): readonly SendAnswer[] {
  return answers
    .map((answer) => ({ answer, place: placeOf(answer) }))
    .toSorted((a, b) => rankOf(a.answer) - rankOf(b.answer) || comparePlaces(a.place, b.place))
    .map(({ answer }) => answer);
}

function rankOf({ failure }: SendAnswer): number {
  return failure === undefined ? 1 : 0;
}

function placeOf({ place }: SendAnswer): readonly number[] {
  return [...place.matchAll(/\d+/g)].map(([index]) => Number(index));
}

function comparePlaces(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((index, depth) => index !== b[depth]);
  return at < 0 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -1);
}

export interface Summary {
  readonly kind: 'info' | 'success' | 'warning' | 'error';
  /** One line. */
  readonly text: string;
}

/** What has happened so far, in one line. */
export function summarize({ notice, sent, answers, end }: SendResult): Summary {
  if (end !== undefined) return { kind: kindOf(end), text: describeEnd(end) };
  if (sent === undefined) return { kind: 'info', text: notice ?? 'Sending' };
  const count = answers.length === 1 ? '1 answer' : `${answers.length} answers`;
  const waiting = answers.length === 0 ? 'Waiting for the answer' : `${count} so far`;
  return { kind: 'info', text: waiting };
}

function kindOf({ kind, failures }: ResultEnd): Summary['kind'] {
  switch (kind) {
    case 'complete':
      return failures === 0 ? 'success' : 'error';
    case 'failed':
    case 'lost':
      return 'error';
    case 'time_over':
    case 'stopped':
      return 'warning';
  }
}

function describeEnd({ kind, text, answers, failures }: ResultEnd): string {
  if (kind !== 'complete') return capitalize(text);
  if (answers === 1) return failures === 0 ? 'Reached happy-end' : 'Reached error-end';
  if (failures === 0) return `All ${answers} envelopes reached happy-end`;
  return `${failures} of ${answers} envelopes reached error-end`;
}
