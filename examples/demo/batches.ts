import type { TracedSpan } from '../../src/cli/trace/spans/otlp.ts';

/**
 * Describes the batches of an actor in one line: how many payloads its runtime has received, and in
 * how many calls.
 */
export function describeBatches(actor: string, spans: readonly TracedSpan[]): string {
  const sizes = spans.filter(({ name }) => name === `call ${actor}`).map(batchSizeOf);
  const batches = spans.filter(({ name }) => name === 'call batch').length;
  const calls = batches + sizes.filter((size) => size === 1).length;
  const largest = sizes.reduce((max, size) => Math.max(max, size), 0);
  return `${actor} handled ${count(sizes.length, 'payload')} in ${count(calls, 'call')}; the largest batch had ${largest}`;
}

/** A call of one payload belongs to no batch. */
function batchSizeOf({ attributes }: TracedSpan): number {
  const size = attributes.get('asya.batch.size');
  return typeof size === 'number' ? size : 1;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
