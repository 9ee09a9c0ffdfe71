/**
 * Forms that the project does not use, with the replacement and the reason. Add a form only if it is
 * wrong wherever it occurs.
 */
export interface PlainWord {
  /** A word or a phrase; `|` separates its variants. */
  readonly avoid: string;
  readonly use: string;
  readonly reason: string;
}

export const PLAIN_WORDS: readonly PlainWord[] = [
  { avoid: 'none of ours', use: 'the condition that must hold', reason: 'vague' },
];
