import type { Row } from '../dashboard.ts';
import { CLICKED, actorLink } from '../links.ts';
import { timeSeries } from '../panels/charts.ts';
import { ANY_IS_CRITICAL } from '../panels/panel.ts';
import { rangeQuery } from '../panels/queries.ts';
import { maxBy, type Promql } from '../promql.ts';

const BY_QUEUE = ['namespace', 'queue'];

/** The messages that wait for a person, or for their next attempt. */
export function waitingRow(q: Promql): Row {
  const width = 8;
  const unit = 'short';
  return {
    title: 'Failed and retried messages that wait',
    panels: [
      timeSeries({
        title: 'Messages at error-end over time',
        description:
          'Messages in the queue of error-end. Above 0, failed messages wait for a person: `asya-sidecar errors list` groups them by actor and error. A line that rises means that messages still fail: see Error envelopes. The line falls when they are replayed or discarded.',
        unit,
        width,
        thresholds: ANY_IS_CRITICAL,
        targets: [
          rangeQuery(maxBy(BY_QUEUE, q.select('errorEndDepth')), '{{queue}} {{namespace}}'),
        ],
      }),
      timeSeries({
        title: 'Parked messages over time',
        description:
          'Messages that error-end itself could not process. No consumer reads them. Above 0, repair the runtime of error-end, then look at them with `asya-sidecar errors list --parked` and replay them.',
        unit,
        width,
        thresholds: ANY_IS_CRITICAL,
        targets: [rangeQuery(maxBy(BY_QUEUE, q.select('parkedDepth')), '{{queue}} {{namespace}}')],
      }),
      timeSeries({
        title: 'Messages waiting for a retry',
        description:
          'Messages of each actor that wait for their next attempt, over all retry delays. A few are normal. A plateau means that a dependency of the runtime is down: see Retries for the reason. They need no action; the last failed attempt sends a message to error-end.',
        unit,
        width,
        links: [actorLink(CLICKED.series)],
        targets: [rangeQuery(maxBy(['actor'], q.select('retryDepth')), '{{actor}}')],
      }),
    ],
  };
}
