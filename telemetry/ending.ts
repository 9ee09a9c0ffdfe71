import { parseDate } from '../src/headers.ts';
import type { Hop, Settled } from '../src/hop.ts';

/** How long the journey has lasted, by two clocks; undefined when it says not when it began. */
export function journeySeconds({ envelope }: Hop): number | undefined {
  const { startedAt } = envelope.headers;
  const startedMs = startedAt === undefined ? undefined : parseDate(startedAt);
  return startedMs === undefined ? undefined : Math.max(0, Date.now() - startedMs) / 1000;
}

/** A deferral spends no attempt, and what is given back has not been tried. */
export function isFailure({ name, deferral }: Settled): boolean {
  return name !== 'give_back' && deferral !== true;
}
