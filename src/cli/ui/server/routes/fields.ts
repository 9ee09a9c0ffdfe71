import { isRecord } from '../../../../isRecord.ts';
import { RequestError } from './requestError.ts';

/**
 * The fields of a JSON object in a request. Each method throws a `RequestError` with status 400
 * that names the field and the rule. A field that is `null` counts as absent.
 */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #prefix: string;

  /** @param name the name of the object in errors; absent for the body itself */
  constructor(value: unknown, name?: string) {
    if (!isRecord(value)) {
      const message = name === undefined ? 'the body must be a JSON object' : object(name);
      throw new RequestError(400, message, name === undefined ? {} : { field: name });
    }
    this.#values = value;
    this.#prefix = name === undefined ? '' : `${name}.`;
  }

  has(name: string): boolean {
    return this.#valueOf(name) !== undefined;
  }

  text(name: string): string | undefined {
    const value = this.#valueOf(name);
    if (value === undefined || typeof value === 'string') return value;
    throw this.error(name, 'must be a string');
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw this.error(name, 'is required');
    return value;
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.#valueOf(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw this.error(name, 'must be an array of strings');
  }

  /** Integers that are 0 or greater. */
  indexes(name: string): readonly number[] | undefined {
    const value = this.#valueOf(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every(isIndex)) return value;
    throw this.error(name, 'must be an array of integers from 0');
  }

  /** A finite number that is greater than 0. */
  positiveNumber(name: string): number | undefined {
    const value = this.#valueOf(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    throw this.error(name, 'must be a number greater than 0');
  }

  /** @returns false for an absent field */
  flag(name: string): boolean {
    const value = this.#valueOf(name);
    if (value === undefined || typeof value === 'boolean') return value ?? false;
    throw this.error(name, 'must be true or false');
  }

  /** The fields of an object in this object. */
  object(name: string): Fields | undefined {
    const value = this.#valueOf(name);
    return value === undefined ? undefined : new Fields(value, `${this.#prefix}${name}`);
  }

  /** Creates the error for a value that breaks a rule, such as `must be an RFC 3339 date`. */
  error(name: string, rule: string): RequestError {
    const field = `${this.#prefix}${name}`;
    return new RequestError(400, `${field} ${rule}`, { field });
  }

  #valueOf(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? (this.#values[name] ?? undefined) : undefined;
  }
}

function object(name: string): string {
  return `${name} must be an object`;
}

/** Whether a decoded value is an integer that is 0 or greater. */
function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/**
 * Reads an integer of a query string, such as `offset=100`.
 * @throws {RequestError}
 */
export function queryCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new RequestError(400, `${name} must be an integer from 0, not "${text}"`, { field: name });
}
