import type { Step } from '../../../trace/journeys/steps.ts';
import type { JourneyRow, RowCounts } from '../contract.ts';
import { sumCounts } from './rowCounts.ts';
import { actorOf, envelopeIdOf } from './steps.ts';
import { tallySteps, type Tallies } from './tallies.ts';

/** A step, or steps that have no row of their own. */
export type OrderedRow =
  | { readonly kind: 'step'; readonly step: Step; readonly depth: number; readonly via: Via }
  | {
      readonly kind: 'folded' | 'omitted';
      readonly key: string;
      readonly depth: number;
      readonly name: string;
      /** With times since the epoch. */
      readonly counts: RowCounts;
    };

type Via = JourneyRow['via'] | undefined;

export interface RowOrderOptions {
  /** The hops at which envelopes failed for good. */
  readonly failures: ReadonlySet<Step>;
  /** Shows all children of a fan-out. */
  readonly isUnfolded: boolean;
}

/** A step with more children shows this many, and as many failed ones after them. */
const MAX_CHILDREN = 20;

/**
 * Puts the rows of a waterfall in order: each step is followed by the steps that it led to. Another
 * attempt has the same depth as the attempt before it.
 */
export function orderRows(roots: readonly Step[], options: RowOrderOptions): OrderedRow[] {
  const tallies = tallySteps(roots, options.failures);
  const rows: OrderedRow[] = [];
  const open = arrange(roots, 'roots', 0, { ...options, tallies }).toReversed();
  for (let row = open.pop(); row !== undefined; row = open.pop()) {
    rows.push(row);
    if (row.kind !== 'step') continue;
    const { step, depth } = row;
    for (const next of arrange(step.next, step.span.spanId, depth + 1, {
      ...options,
      tallies,
    }).toReversed()) {
      open.push(next);
    }
  }
  return rows;
}

/** Arranges the steps that one step led to. */
function arrange(
  steps: readonly Step[],
  parent: string,
  depth: number,
  { isUnfolded, tallies }: RowOrderOptions & { readonly tallies: Tallies },
): OrderedRow[] {
  const vias = viasOf(steps);
  const shown = isUnfolded ? steps : shownOf(steps, tallies);
  const rows: OrderedRow[] = shown.map((step) => {
    const via = vias.get(step);
    return { kind: 'step', step, depth: via === 'retry' ? Math.max(0, depth - 1) : depth, via };
  });
  if (shown.length === steps.length) return rows;
  const isShown = new Set(shown);
  const folded = steps.filter((step) => !isShown.has(step));
  const [first] = folded;
  const name = first === undefined ? '' : (actorOf(first) ?? first.span.name);
  const counts = countSteps(folded, tallies);
  return [...rows, { kind: 'folded', key: `folded ${parent}`, depth, name, counts }];
}

/** The first children, and those after them of which an envelope failed. */
function shownOf(steps: readonly Step[], tallies: Tallies): readonly Step[] {
  if (steps.length <= MAX_CHILDREN) return steps;
  const others = steps.slice(MAX_CHILDREN);
  const failed = others.filter((step) => (tallies.get(step)?.failed ?? 0) > 0);
  return [...steps.slice(0, MAX_CHILDREN), ...failed.slice(0, MAX_CHILDREN)];
}

function countSteps(steps: readonly Step[], tallies: Tallies): RowCounts {
  const counts = steps.flatMap((step) => {
    const tally = tallies.get(step);
    if (tally === undefined) return [];
    const failed = Math.min(1, tally.failed);
    const waiting = failed > 0 ? 0 : Math.min(1, tally.waiting);
    return [{ all: 1, failed, waiting, startMs: tally.startMs, endMs: tally.endMs }];
  });
  return sumCounts(counts);
}

/** A message that was delivered again has several hops after one publish. */
function viasOf(steps: readonly Step[]): ReadonlyMap<Step, Via> {
  const seen = new Set<string>();
  const vias = new Map<Step, Via>();
  for (const step of steps) {
    const actor = actorOf(step);
    const key = `${actor} ${envelopeIdOf(step)}`;
    const isAgain = actor !== undefined && seen.has(key);
    seen.add(key);
    vias.set(step, step.via ?? (isAgain ? 'redelivery' : undefined));
  }
  return vias;
}
