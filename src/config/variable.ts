import type { FORMATS } from './formats/formats.ts';

/** The definition of one environment variable. Its key in the schema is its name. */
export interface Variable {
  /** One or two sentences for `--help` and the documentation. */
  readonly doc: string;
  readonly format: keyof typeof FORMATS | readonly string[];
  /** The value of an absent or empty variable. Null requires `nullable`. */
  readonly default: unknown;
  readonly nullable?: boolean;
  /** Describes a default that depends on other variables. */
  readonly defaultDoc?: string;
  /** A secret, whose value is never printed. */
  readonly sensitive?: boolean;
}

/** The format and the default of a variable with a closed set of values. */
export function oneOf<const T extends string>(
  defaultValue: NoInfer<T>,
  choices: readonly T[],
): { format: readonly T[]; default: T } {
  return { format: choices, default: defaultValue };
}
