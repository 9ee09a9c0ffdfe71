import { formatDuration } from '../../src/cli/trace/duration.ts';
import type { JourneyRow, RowCounts, RowPart } from '../../src/cli/ui/journey/contract.ts';
import { formatExact } from '../components/format.ts';
import { visibleText } from '../components/visibleText.ts';

const PARTS: Readonly<Record<RowPart['kind'], string>> = {
  queue: 'in the queue',
  rate_limit: 'waiting for the rate limit',
  sidecar: 'in the sidecar',
  runtime: 'in the runtime',
};

/** The time of a hop without the time in the queue, as in logs and metrics. */
export function durationOf({ parts }: JourneyRow): number | undefined {
  const own = parts.filter(({ kind }) => kind !== 'queue');
  const [first] = own;
  const last = own.at(-1);
  return first === undefined || last === undefined ? undefined : last.endMs - first.startMs;
}

/** The sums of a row's parts: `12.3 ms in the queue · 1.20 s in the runtime`. */
export function describeParts({ parts }: JourneyRow): string {
  const sums = new Map<RowPart['kind'], number>();
  for (const { kind, startMs, endMs } of parts) {
    sums.set(kind, (sums.get(kind) ?? 0) + endMs - startMs);
  }
  return [...sums].map(([kind, ms]) => `${formatDuration(ms)} ${PARTS[kind]}`).join(' · ');
}

/** When the hop ran, from the start of the journey. */
export function describeTimes({ parts }: JourneyRow): string {
  const own = parts.filter(({ kind }) => kind !== 'queue');
  const [first] = own;
  const last = own.at(-1);
  if (first === undefined || last === undefined) return '';
  return `from ${formatDuration(first.startMs)} to ${formatDuration(last.endMs)}`;
}

/** The name of a row: `infer [2]`. */
export function nameOf({ name, child }: JourneyRow): string {
  const text = visibleText(name);
  return child === undefined ? text : `${text} [${child}]`;
}

const VIAS: Readonly<Record<NonNullable<JourneyRow['via']>, string>> = {
  retry: 'retry',
  replay: 'replay',
  redelivery: 'redelivered',
  stale: 'new trace after a long wait',
  fanout: 'new trace of a wide fan-out',
};

/** Why the row follows: `attempt 2`, `replay`. */
export function notesOf({ attempt = 1, via }: JourneyRow): readonly string[] {
  const isRetry = via === 'retry' && attempt > 1;
  return [
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(via === undefined || isRetry ? [] : [VIAS[via]]),
  ];
}

/** `and 180 more: 178 done, 2 failed`; of omitted rows, `9,500 rows are not shown: 2 failed`. */
export function describeCounts(kind: JourneyRow['kind'], counts: RowCounts): string {
  const { all, failed, waiting } = counts;
  const done = all - failed - waiting;
  const states = [
    ...(kind === 'folded' && done > 0 ? [`${formatExact(done)} done`] : []),
    ...(failed > 0 ? [`${formatExact(failed)} failed`] : []),
    ...(waiting > 0 ? [`${formatExact(waiting)} waiting`] : []),
  ];
  const text =
    kind === 'folded'
      ? `and ${formatExact(all)} more`
      : `${formatExact(all)} ${all === 1 ? 'row is' : 'rows are'} not shown`;
  return states.length === 0 ? text : `${text}: ${states.join(', ')}`;
}

/** What the outcome leaves open: the code of an error, or the reason of a give-back. */
export function reasonOf({ code, reason }: JourneyRow): string | undefined {
  const text = code ?? reason;
  return text === undefined ? undefined : visibleText(text);
}
