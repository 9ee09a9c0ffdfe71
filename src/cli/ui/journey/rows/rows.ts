import { truncate } from '../../../../unicode.ts';
import type { Journey } from '../../../trace/journeys/journey.ts';
import type { Step } from '../../../trace/journeys/steps.ts';
import type { Pending } from '../../../trace/journeys/pending.ts';
import { ATTRIBUTE } from '../../../trace/spans/attributes.ts';
import type { JourneyRow, WaitingEnvelopes } from '../contract.ts';
import { limitRows } from './limitRows.ts';
import { partsOf } from './parts.ts';
import { orderRows, type OrderedRow, type RowOrderOptions } from './rowOrder.ts';
import { actorOf, envelopeIdOf, outcomeOf } from './steps.ts';
import { formatTime } from './summary.ts';

const MAX_ROWS = 500;
const MAX_UNFOLDED_ROWS = 2_000;
const MAX_MESSAGE_LENGTH = 1_000;

/** Creates the rows of a journey's waterfall. */
export function rowsOf(
  { roots, startMs }: Pick<Journey, 'roots' | 'startMs'>,
  options: RowOrderOptions,
): readonly JourneyRow[] {
  const { failures, isUnfolded } = options;
  const ordered = orderRows(roots, options);
  const rows = limitRows(ordered, failures, isUnfolded ? MAX_UNFOLDED_ROWS : MAX_ROWS);
  return rows.map((row) => toRow(row, failures, startMs));
}

export function waitingOf({ actor, count, sinceMs }: Pending): WaitingEnvelopes {
  return { actor, count, since: formatTime(sinceMs) };
}

function toRow(row: OrderedRow, failures: ReadonlySet<Step>, originMs: number): JourneyRow {
  if (row.kind !== 'step') {
    const { counts, ...rest } = row;
    const [startMs, endMs] = [counts.startMs - originMs, counts.endMs - originMs];
    return { ...rest, counts: { ...counts, startMs, endMs }, parts: [] };
  }
  const { step, depth, via } = row;
  const { span, pending } = step;
  return {
    kind: actorOf(step) === undefined ? 'runtime_span' : 'hop',
    key: span.spanId,
    depth,
    name: actorOf(step) ?? span.name,
    ...hopFields(step),
    ...(via === undefined ? {} : { via }),
    ...(span.failed ? { isError: true } : {}),
    ...(failures.has(step) ? { isFailure: true } : {}),
    ...(pending.length === 0 ? {} : { waiting: pending.map(waitingOf) }),
    parts: partsOf(step, originMs),
  };
}

function hopFields(step: Step): Partial<JourneyRow> {
  const { span, message, fanoutIndex } = step;
  const { attributes } = span;
  const text = (name: string): string | undefined => {
    const value = attributes.get(name);
    return value === undefined ? undefined : String(value);
  };
  const fields = {
    id: actorOf(step) === undefined ? undefined : envelopeIdOf(step),
    outcome: outcomeOf(step),
    code: span.failed ? text(ATTRIBUTE.errorType) : undefined,
    message: message === '' ? undefined : message && truncate(message, MAX_MESSAGE_LENGTH),
    reason: text(ATTRIBUTE.outcomeReason),
    attempt: attributes.has(ATTRIBUTE.attempt)
      ? Number(attributes.get(ATTRIBUTE.attempt))
      : undefined,
    child: fanoutIndex,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
