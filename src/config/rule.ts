import type { Values, VariableName } from './schema.ts';

/** A rule between variables. It is checked only if each of them is valid by itself. */
export interface Rule {
  readonly variables: readonly VariableName[];
  /** Returns the problem with the names of the variables, or undefined. */
  readonly check: (values: Values, isSet: (name: VariableName) => boolean) => string | undefined;
}
