import { RequestError } from './requestError.ts';
import type { Route } from './route.ts';

/** A route that matches a request, and the texts of its segments. */
export interface RouteMatch {
  readonly route: Route;
  readonly parameters: ReadonlyMap<string, string>;
}

/** The methods that a path has, for a request with another method. */
export interface MethodMismatch {
  readonly allowed: readonly string[];
}

interface Entry {
  readonly route: Route;
  readonly segments: readonly string[];
}

/** Finds routes by method and path. */
export class RouteTable {
  readonly #entries: readonly Entry[];

  /** @throws {Error} when two routes have the same method and path */
  constructor(routes: readonly Route[]) {
    this.#entries = routes.map((route) => ({ route, segments: route.path.split('/') }));
    const names = routes.map(({ method, path }) => `${method} ${path}`);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new Error(`two routes: ${twice}`);
  }

  /**
   * A literal segment is preferred to a parameter. HEAD matches a GET.
   * @returns undefined when no route has the path
   * @throws {RequestError} 400 when a segment is not percent-encoded UTF-8
   */
  find(method: string, path: string): RouteMatch | MethodMismatch | undefined {
    const segments = path.split('/').map(decodeSegment);
    const matching = this.#entries
      .filter((entry) => matches(entry.segments, segments))
      .toSorted((one, other) => parameterCount(one) - parameterCount(other));
    if (matching.length === 0) return undefined;
    const wanted = method === 'HEAD' ? 'GET' : method;
    const found = matching.find(({ route }) => route.method === wanted);
    if (found === undefined) return { allowed: methodsOf(matching) };
    return { route: found.route, parameters: parametersOf(found.segments, segments) };
  }
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    throw new RequestError(400, 'the path is not percent-encoded UTF-8', { cause: error });
  }
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) =>
      isParameter(part) ? segments[index] !== '' : part === segments[index],
    )
  );
}

function isParameter(part: string): boolean {
  return part.startsWith(':');
}

function parameterCount({ segments }: Entry): number {
  return segments.filter(isParameter).length;
}

function parametersOf(
  pattern: readonly string[],
  segments: readonly string[],
): ReadonlyMap<string, string> {
  const pairs = pattern.map((part, index) => [part.slice(1), segments[index] ?? ''] as const);
  return new Map(pairs.filter((_, index) => isParameter(pattern[index] ?? '')));
}

function methodsOf(entries: readonly Entry[]): readonly string[] {
  const methods = entries.flatMap(({ route: { method } }) =>
    method === 'GET' ? ['GET', 'HEAD'] : [method],
  );
  return [...new Set(methods)];
}
