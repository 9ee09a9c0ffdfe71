import type { Context } from '@opentelemetry/api';

/**
 * A context with one value more than another has. OpenTelemetry's own copies all values for each
 * that is added, and makes three functions; a hop adds four, whether it is recorded or not.
 */
class LinkedContext implements Context {
  readonly #outer: Context | undefined;
  readonly #key: symbol | undefined;
  readonly #value: unknown;

  constructor(outer?: Context, key?: symbol, value?: unknown) {
    this.#outer = outer;
    this.#key = key;
    this.#value = value;
  }

  getValue(key: symbol): unknown {
    return key === this.#key ? this.#value : this.#outer?.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new LinkedContext(this, key, value);
  }

  deleteValue(key: symbol): Context {
    return new LinkedContext(this, key, undefined);
  }
}

/** The empty context that hops begin with. */
export const EMPTY_CONTEXT: Context = new LinkedContext();
