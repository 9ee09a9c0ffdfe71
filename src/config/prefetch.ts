import { MAX_PREFETCH } from './formats/formats.ts';
import type { Values, VariableName } from './schema.ts';

export const PREFETCH_VARIABLES = [
  'ASYA_PREFETCH',
  'ASYA_RABBITMQ_PREFETCH',
] as const satisfies readonly VariableName[];

/** Returns the effective prefetch and the variable that sets it. */
export function prefetchOf(values: Values): readonly [name: VariableName, prefetch: number] {
  const name = PREFETCH_VARIABLES.find((variable) => values[variable] !== null);
  const prefetch = name === undefined ? null : values[name];
  return [name ?? 'ASYA_CONCURRENCY', prefetch ?? Math.min(callCapacity(values), MAX_PREFETCH)];
}

/** The number of envelopes that can be in calls at the same time. */
export function callCapacity(values: Values): number {
  return values.ASYA_CONCURRENCY * values.ASYA_BATCH_SIZE;
}
