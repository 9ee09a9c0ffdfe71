import type { Row } from '../dashboard.ts';
import { FAILED_SPANS, toActor, toJourney, toTrace } from '../links.ts';
import { spanTable } from '../panels/tables.ts';

/** Grafana's Tempo tables call the columns after the attributes. */
const ID = 'asya.journey.id';
const linked = {
  [ID]: [toJourney('${__value.raw}'), toTrace('${__data.fields.traceIdHidden}')],
  'asya.actor': [toActor('${__value.raw}')],
};
const units = { 'asya.journey.duration': 's' };
const OF_AN_END = `select(span.${ID}, span.asya.journey.duration, span.asya.journey.hops, span.asya.actor)`;
const OF_A_FAILURE = `select(span.${ID}, span.asya.actor, span.error.type, span.asya.outcome)`;

/** Single journeys, found by one span each: a trace's own duration is computed block by block. */
export function found(): Row {
  return {
    title: 'Which journeys are slow or failed?',
    panels: [
      spanTable({
        title: 'Slow journeys',
        description:
          'Journeys that took longer than chosen above, slowest first among those found. Click an id to see the journey below. None: lower the limit, or nothing is slow.',
        width: 12,
        height: 9,
        // The product compares as a number: Tempo compares an attribute with a literal only where
        // both are integers or both are not.
        query: `{ span.asya.end = "happy-end" && span.asya.journey.duration * 1 > $slower } | ${OF_AN_END}`,
        units,
        linked,
        sortBy: 'asya.journey.duration',
        noValue: 'no journey was slower',
      }),
      spanTable({
        title: 'Failed journeys',
        description:
          'Hops whose envelope went to error-end, with the code; where error-end has a sidecar, its hop is listed too. Click an id to see the journey below. `asya-sidecar replay` sends the originals again.',
        width: 12,
        height: 9,
        query: `${FAILED_SPANS} | ${OF_A_FAILURE}`,
        linked,
        noValue: 'no journey failed',
      }),
    ],
  };
}
