import type { Row } from '../dashboard.ts';
import { timeSeries } from '../panels/charts.ts';
import { ANY_IS_CRITICAL } from '../panels/panel.ts';
import { rangeQuery } from '../panels/queries.ts';
import { maxBy, type Promql } from '../promql.ts';

/**
 * The messages that wait for their next attempt or, as those of all actors do, for a person.
 * @param all queries without an actor matcher: on RabbitMQ, only the sidecars of error-end know at
 * once that their parked queue exists
 */
export function waitingRow(q: Promql, all: Promql): Row {
  const reported = (metric: 'errorEndDepth' | 'parkedDepth'): string =>
    `${maxBy(['queue'], all.select(metric))} and on (queue) ${q.select('errorEndDepth')}`;
  const width = 8;
  const unit = 'short';
  return {
    title: 'Failed and retried messages that wait',
    panels: [
      timeSeries({
        title: 'Messages waiting for a retry',
        description:
          'Messages of this actor that wait for their next attempt, over all retry delays. A few are normal. A plateau means that a dependency of the runtime is down. They need no action; the last failed attempt sends a message to error-end.',
        unit,
        width,
        targets: [rangeQuery(maxBy(['actor'], q.select('retryDepth')), '{{actor}}')],
      }),
      timeSeries({
        title: 'Messages at error-end',
        description:
          'Messages in the queue of error-end, of all actors. Above 0, failed messages wait for a person: `asya-sidecar errors list --actor NAME` lists those of one actor. A line that rises means that messages still fail.',
        unit,
        width,
        thresholds: ANY_IS_CRITICAL,
        targets: [rangeQuery(reported('errorEndDepth'), '{{queue}}')],
      }),
      timeSeries({
        title: 'Parked messages',
        description:
          'Messages of all actors that error-end itself could not process. No consumer reads them. Above 0, repair the runtime of error-end, then look at them with `asya-sidecar errors list --parked`.',
        unit,
        width,
        thresholds: ANY_IS_CRITICAL,
        targets: [rangeQuery(reported('parkedDepth'), '{{queue}}')],
      }),
    ],
  };
}
