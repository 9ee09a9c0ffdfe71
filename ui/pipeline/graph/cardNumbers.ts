import { formatDuration } from '../../../src/cli/trace/duration.ts';
import type { Actor } from '../../../src/cli/ui/pipeline/contract.ts';
import { formatCount, formatRate } from '../../components/format.ts';
import { failedRate } from '../state/actorState.ts';

export interface CardNumber {
  readonly label: string;
  readonly text: string;
  /** The number should be 0, and is not. */
  readonly isBad?: boolean;
}

/** The numbers of a card, from left to right. */
export function cardNumbers(actor: Actor): readonly CardNumber[] {
  const { kind, queue, rates } = actor;
  const depth = queue?.exists === true ? queue.ready : undefined;
  const waiting: CardNumber = { label: 'waiting', text: known(depth, formatCount) };
  const hops: CardNumber = { label: 'hops/s', text: known(rates?.hops, formatRate) };
  const parked = badNumber('parked', queue?.parked, formatCount);
  if (kind === 'error_end') return [badNumber('waiting', depth, formatCount), parked, hops];
  const retry: CardNumber = { label: 'retry', text: known(queue?.retry, formatCount) };
  if (kind === 'happy_end') return [waiting, queue?.parked === undefined ? retry : parked, hops];
  return [waiting, retry, hops, badNumber('failed/s', failedRate(actor), formatRate)];
}

/** The P95 of the times of a card; undefined if none is known. */
export function cardTimes({ times }: Actor): readonly CardNumber[] | undefined {
  if (times?.queueP95 === undefined && times?.runtimeP95 === undefined) return undefined;
  return [
    { label: 'queue', text: known(times.queueP95, formatDuration) },
    { label: 'runtime', text: known(times.runtimeP95, formatDuration) },
  ];
}

function badNumber(
  label: string,
  value: number | undefined,
  format: (value: number) => string,
): CardNumber {
  const text = known(value, format);
  return value === undefined || value === 0 ? { label, text } : { label, text, isBad: true };
}

function known(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '–' : format(value);
}
