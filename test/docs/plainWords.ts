/** A form that the project does not use. */
export interface AvoidedForm {
  /** A word or a phrase; `|` separates its variants. */
  readonly avoid: string;
  readonly use: string;
}

/** Code, comments and pages name components and use the terms of docs/glossary.md. */
export const AVOIDED_FORMS: readonly AvoidedForm[] = [
  { avoid: 'whoever|nobody|somebody|everybody|anybody', use: 'the name of the component' },
  { avoid: 'ours|none of ours', use: 'of the sidecar' },
  { avoid: 'tells|told', use: 'returns, reports, logs' },
  { avoid: 'says so|says not|says nothing', use: 'reports the value' },
  { avoid: 'at most so many|so many at a time', use: 'at most n' },
  { avoid: 'in hand', use: 'unsettled, in flight' },
  { avoid: 'goes on|go on|went on|gone on|going on', use: 'continues, resumes' },
  { avoid: 'lets go of|let go of', use: 'releases' },
  { avoid: 'turns away|turn away|turned away', use: 'rejects' },
  { avoid: 'mend|mends|mended', use: 'fixes, repairs' },
  { avoid: 'in place of', use: 'instead of' },
  { avoid: 'beside', use: 'next to, in addition to' },
  { avoid: 'by hand', use: 'manually' },
  { avoid: 'now and then', use: 'periodically' },
  { avoid: 'anew', use: 'again' },
  { avoid: 'what is no|that is none', use: 'is not' },
];
