import type { Row } from '../dashboard.ts';
import { FAILED_SPANS, actorLink, journeyLink, traceLink } from '../links.ts';
import { spanTable } from '../panels/tables.ts';

/** The Tempo data source names table columns after the selected attributes. */
const ID = 'asya.journey.id';
const columnLinks = {
  [ID]: [journeyLink('${__value.raw}'), traceLink('${__data.fields.traceIdHidden}')],
  'asya.actor': [actorLink('${__value.raw}')],
};
const units = { 'asya.journey.duration': 's' };
const END_COLUMNS = `select(span.${ID}, span.asya.journey.duration, span.asya.journey.hops, span.asya.actor)`;
const FAILURE_COLUMNS = `select(span.${ID}, span.asya.actor, span.error.type, span.asya.outcome)`;

/**
 * Finds journeys by a single span of each, because Tempo computes the duration of a trace from one
 * block at a time.
 */
export function searchRow(): Row {
  return {
    title: 'Slow and failed journeys',
    panels: [
      spanTable({
        title: 'Slow journeys',
        description:
          'Journeys that took longer than the threshold above; the slowest of the returned ones come first. Click an id to show the journey below. If the table is empty, no journey was slower: lower the threshold.',
        width: 12,
        height: 9,
        // Multiplying by 1 makes the comparison numeric: Tempo compares an attribute with a literal
        // only if both are integers or both are floats.
        query: `{ span.asya.end = "happy-end" && span.asya.journey.duration * 1 > $slower } | ${END_COLUMNS}`,
        units,
        columnLinks,
        sortBy: 'asya.journey.duration',
        noValue: 'no slow journeys',
      }),
      spanTable({
        title: 'Failed journeys',
        description:
          'Hops that sent their envelope to error-end, with the fault code. If error-end has a sidecar, its hops are listed too. Click an id to show the journey below. `asya-sidecar errors show ID` prints the message, and `errors replay --id ID` resends its original.',
        width: 12,
        height: 9,
        query: `${FAILED_SPANS} | ${FAILURE_COLUMNS}`,
        columnLinks,
        noValue: 'no failed journeys',
      }),
    ],
  };
}
