import type { FORMATS } from './formats.ts';

/** A variable of the environment, for convict; its key in the schema is its name. */
export interface Variable {
  readonly doc: string;
  readonly format: keyof typeof FORMATS | readonly string[];
  /** What counts when it is absent or empty. Null, with `nullable`: it may be left out. */
  readonly default: unknown;
  readonly nullable?: boolean;
  /** What an empty default means, for people. */
  readonly defaultDoc?: string;
  /** A secret: its value is never shown. */
  readonly sensitive?: boolean;
}

/** A variable that has one of these values. */
export function oneOf<const T extends string>(
  standard: NoInfer<T>,
  choices: readonly T[],
): { format: readonly T[]; default: T } {
  return { format: choices, default: standard };
}
