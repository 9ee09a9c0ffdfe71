import type { Interval, Step } from '../../../trace/journeys/steps.ts';
import { ATTRIBUTE } from '../../../trace/spans/attributes.ts';
import type { RowPart } from '../contract.ts';

/** A damaged file may give one hop any number of calls. */
const MAX_CALLS = 20;

/**
 * Divides a hop into its parts: the wait in the queue, then the waits for the rate limit and the
 * calls to the runtime, and between them the time in the sidecar. Clocks of several processes may
 * disagree, so that each part is clipped to the hop and to the parts before it.
 * @param originMs the start of the journey
 */
export function partsOf(step: Step, originMs: number): readonly RowPart[] {
  const { span, wait } = step;
  if (!span.attributes.has(ATTRIBUTE.actor)) return [part('runtime', span, originMs)];
  const queue = wait === undefined || wait.endMs <= wait.startMs ? [] : [wait];
  return [
    ...queue.map((interval) => part('queue', interval, originMs)),
    ...partsOfHop(step).map((it) => part(it.kind, it, originMs)),
  ];
}

type HopPart = Interval & { readonly kind: RowPart['kind'] };

function partsOfHop({ span, limited, calls }: Step): readonly HopPart[] {
  const { startMs, endMs } = span;
  const inner: readonly HopPart[] = [
    ...(limited === undefined ? [] : [{ kind: 'rate_limit', ...limited } as const]),
    ...calls.slice(0, MAX_CALLS).map((call) => {
      return { kind: 'runtime', startMs: call.startMs, endMs: call.endMs } as const;
    }),
  ];
  const parts: HopPart[] = [];
  let atMs = startMs;
  for (const { kind, ...interval } of inner.toSorted((a, b) => a.startMs - b.startMs)) {
    const fromMs = Math.max(atMs, interval.startMs);
    const toMs = Math.min(endMs, interval.endMs);
    if (toMs <= fromMs) continue;
    if (fromMs > atMs) parts.push({ kind: 'sidecar', startMs: atMs, endMs: fromMs });
    parts.push({ kind, startMs: fromMs, endMs: toMs });
    atMs = toMs;
  }
  if (endMs > atMs || parts.length === 0) parts.push({ kind: 'sidecar', startMs: atMs, endMs });
  return parts;
}

function part(kind: RowPart['kind'], { startMs, endMs }: Interval, originMs: number): RowPart {
  return {
    kind,
    startMs: toMicroseconds(startMs - originMs),
    endMs: toMicroseconds(endMs - originMs),
  };
}

/** Longer fractions are noise of floating-point numbers. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
