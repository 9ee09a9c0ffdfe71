/** A form that the project does not use. */
export interface AvoidedForm {
  /** A word or a phrase; `|` separates its variants. */
  readonly avoid: string;
  readonly use: string;
}

/** Code, comments and pages name components and use the terms of docs/glossary.md. */
export const AVOIDED_FORMS: readonly AvoidedForm[] = [
  { avoid: 'at most so many|so many at a time', use: 'at most n' },
  { avoid: 'in hand', use: 'unsettled, in flight' },
  { avoid: 'lets go of|let go of', use: 'releases' },
  { avoid: 'turns away|turn away|turned away', use: 'rejects' },
  { avoid: 'in place of', use: 'instead of' },
  { avoid: 'by hand', use: 'manually' },
  { avoid: 'now and then', use: 'periodically' },
];
