/** A route may have thousands of actors, which would stop the page for seconds. */
const SHOWN = 50;

export interface RoutePart {
  /** The first actor to show. */
  readonly start: number;
  /** Behind the last actor to show. */
  readonly end: number;
}

/** The part of a route around the place where the envelope stood. */
export function routePartAround(current: number, count: number): RoutePart {
  const first = Math.floor(current - SHOWN / 2);
  const start = Math.max(0, Math.min(first, count - SHOWN));
  return { start, end: Math.min(count, start + SHOWN) };
}
