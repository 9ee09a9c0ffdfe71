/** A value that JSON cannot carry. The message names its place and the rule. */
class JsonRuleError extends TypeError {
  override readonly name = 'JsonRuleError';
}

/**
 * Encodes a value as JSON. Unlike `JSON.stringify`, which writes `null` for NaN and drops functions
 * without an error, it rejects each value that JSON cannot carry. A member whose value is undefined
 * is left out.
 *
 * @throws {JsonRuleError} for NaN, Infinity, BigInt, functions, symbols, promises, maps, sets,
 *   typed arrays, an undefined element of an array, cycles, and values nested too deeply
 */
export function encodeJson(value: unknown): string {
  try {
    return stringify(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new JsonRuleError(`the result is nested too deeply or too large: ${error.message}`);
  }
}

function stringify(value: unknown): string {
  const text = stringifyAcyclic(value);
  const problem = findProblem(value);
  if (problem !== undefined) throw new JsonRuleError(describe(problem));
  // Undefined has no JSON text, and `findProblem` reports it.
  return text ?? 'null';
}

/** Rejects cycles, so that the search for problems ends. */
function stringifyAcyclic(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    if (error.message.includes('circular'))
      throw new JsonRuleError('the result contains itself; JSON has no cycles');
    const problem = error.message.includes('BigInt') ? findProblem(value) : undefined;
    if (problem !== undefined) throw new JsonRuleError(describe(problem));
    throw error;
  }
}

interface Problem {
  readonly rule: string;
  /** From the value outwards. */
  readonly path: string[];
}

function findProblem(value: unknown): Problem | undefined {
  const rule = ruleAgainst(value);
  if (rule !== undefined) return { rule, path: [] };
  if (typeof value !== 'object' || value === null) return undefined;
  if (hasToJson(value)) return findProblem(value.toJSON(''));
  return Array.isArray(value) ? findInArray(value) : findInObject(value);
}

function findInArray(array: readonly unknown[]): Problem | undefined {
  for (let index = 0; index < array.length; index++) {
    const element = array[index];
    if (typeof element === 'string') continue;
    if (typeof element === 'number' && Number.isFinite(element)) continue;
    const problem = findProblem(element);
    if (problem !== undefined) return at(problem, `[${index}]`);
  }
  return undefined;
}

function findInObject(object: object): Problem | undefined {
  for (const [key, member] of Object.entries(object)) {
    if (typeof member === 'string' || member === undefined) continue;
    const problem = findProblem(member);
    if (problem !== undefined)
      return at(problem, IDENTIFIER.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`);
  }
  return undefined;
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

function at(problem: Problem, step: string): Problem {
  problem.path.push(step);
  return problem;
}

function describe({ rule, path }: Problem): string {
  const place = path.length === 0 ? 'the result' : `result${path.toReversed().join('')}`;
  return `${place} is ${rule}`;
}

function ruleAgainst(value: unknown): string | undefined {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? undefined : `${value}; JSON numbers are finite`;
    case 'bigint':
      return 'toJSON' in Object(value) ? undefined : BIGINT_RULE;
    case 'function':
    case 'symbol':
      return `a ${typeof value}; JSON has no such value`;
    case 'undefined':
      return 'undefined; JSON has null instead';
    case 'object':
      return value === null ? undefined : ruleAgainstObject(value);
    case 'string':
    case 'boolean':
      return undefined;
  }
}

/** A program may define `BigInt.prototype.toJSON`. */
const BIGINT_RULE = 'a BigInt; convert it to a string, or pass serve() your own stringify';

function ruleAgainstObject(value: object): string | undefined {
  if (Array.isArray(value)) return undefined;
  if (value instanceof Promise) return 'a promise; await it first';
  if (value instanceof Map || value instanceof Set)
    return `a ${value.constructor.name}; convert it to an object or an array`;
  if (ArrayBuffer.isView(value) && !hasToJson(value))
    return `a ${value.constructor.name}; convert it with Array.from`;
  if (value instanceof Date && Number.isNaN(value.getTime())) return 'an invalid date';
  return undefined;
}

function hasToJson(value: object): value is { toJSON(key: string): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}
