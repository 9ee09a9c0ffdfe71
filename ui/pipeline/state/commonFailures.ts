import type { ActorState } from './actorState.ts';

/** A failure that several actors have for the same reason. */
export interface CommonFailure {
  readonly text: string;
  /** What the reasons have in common. */
  readonly detail: string;
  /** The number of actors. */
  readonly count: number;
}

/** Fewer actors with the same reason are shown one by one. */
const MIN_COUNT = 3;

/** The failures that at least three actors have for the same reason, the most frequent first. */
export function commonFailures(states: readonly ActorState[]): readonly CommonFailure[] {
  const groups = Map.groupBy(states.flatMap(worstFailure), keyOf);
  return [...groups.values()]
    .filter((troubles) => troubles.length >= MIN_COUNT)
    .map((troubles) => describe(troubles))
    .toSorted((a, b) => b.count - a.count);
}

/** Whether the view shows the reason of an actor's worst failure once for all actors. */
export function hasCommonReason(state: ActorState, common: readonly CommonFailure[]): boolean {
  return worstFailure(state).some((worst) => common.some((it) => keyOf(it) === keyOf(worst)));
}

/** Whether sidecars report that the broker is away. */
export function isBrokerFailure({ detail }: CommonFailure): boolean {
  return detail.startsWith('broker: ');
}

function worstFailure({ troubles }: ActorState): readonly WithDetail[] {
  const [worst] = troubles;
  if (worst?.level !== 'failure' || worst.detail === undefined) return [];
  return [{ text: worst.text, detail: worst.detail }];
}

type WithDetail = Pick<CommonFailure, 'text' | 'detail'>;

function describe(troubles: readonly WithDetail[]): CommonFailure {
  const [{ text, detail } = { text: '', detail: '' }] = troubles;
  const isSame = troubles.every((it) => it.detail === detail);
  return { text, detail: isSame ? detail : withoutParentheses(detail), count: troubles.length };
}

/** Reasons are the same if they differ in an address in parentheses only. */
function keyOf({ text, detail }: WithDetail): string {
  return JSON.stringify([text, withoutParentheses(detail)]);
}

function withoutParentheses(detail: string): string {
  return detail.replace(/ \(.*$/s, '');
}
