import type { TracedSpan } from '../../../../src/cli/trace/spans/otlp.ts';

/** Returns the ids of the spans of each journey, sorted. */
export function spanIdsByJourney(spans: readonly TracedSpan[]): ReadonlyMap<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const { attributes, spanId } of spans) {
    const journey = String(attributes.get('asya.journey.id'));
    found.set(journey, (found.get(journey) ?? new Set()).add(spanId));
  }
  return new Map([...found].map(([journey, ids]) => [journey, [...ids].toSorted()]));
}
