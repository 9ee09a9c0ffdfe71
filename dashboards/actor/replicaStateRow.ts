import type { Row } from '../dashboard.ts';
import { UP_OR_DOWN, NO_OR_YES } from '../panels/panel.ts';
import { stateTimeline } from '../panels/charts.ts';
import { activeInRange, sumBy, type Promql } from '../promql.ts';
import { rangeQuery } from '../panels/queries.ts';

const BY = ['instance'];

/** Timelines of the states of each replica. */
export function replicaStateRow(q: Promql): Row {
  const width = 8;
  const height = 5;
  const unit = 'short';
  return {
    title: 'Replica states',
    panels: [
      stateTimeline({
        title: 'Ready',
        description:
          'Result of /readyz by instance. Red means not ready; the response of /readyz and the other timelines show the reason.',
        unit,
        width,
        height,
        states: UP_OR_DOWN,
        targets: [rangeQuery(sumBy(BY, q.select('ready')), '{{instance}}')],
      }),
      stateTimeline({
        title: 'Broker connected',
        description:
          'Red means that the sidecar is disconnected and reconnects with backoff. If all replicas are red, check the broker and the network; if one is red, check its node.',
        unit,
        width,
        height,
        states: UP_OR_DOWN,
        targets: [rangeQuery(sumBy(BY, q.select('brokerConnected')), '{{instance}}')],
      }),
      stateTimeline({
        title: 'Broker blocked',
        description:
          'Red means that a memory or disk alarm of the broker blocks publishing. Results are held until the alarm clears: free memory or disk space on the broker.',
        unit,
        width,
        height,
        states: NO_OR_YES,
        targets: [rangeQuery(sumBy(BY, q.select('brokerBlocked')), '{{instance}}')],
      }),
      stateTimeline({
        title: 'Runtime up',
        description:
          'Red means that the sidecar cannot call the runtime. Consuming is paused and the backlog stays in the queue. Check the runtime container.',
        unit,
        width,
        height,
        states: UP_OR_DOWN,
        targets: [rangeQuery(sumBy(BY, q.select('runtimeUp')), '{{instance}}')],
      }),
      stateTimeline({
        title: 'Pauses by reason',
        description:
          'Red means that the sidecar does not consume. Reasons: runtime_absent, suspect (a message that may crash the process is processed alone), draining (the process is shutting down), breaker (the runtime fails most of its calls) and rate_limit (the next call may start in more than a minute).',
        unit,
        width,
        height,
        states: NO_OR_YES,
        noValue: 'no pauses',
        targets: [
          rangeQuery(
            activeInRange([...BY, 'reason'], q.select('paused')),
            '{{reason}}, {{instance}}',
          ),
        ],
      }),
      stateTimeline({
        title: 'Held results by reason',
        description:
          'Red means that finished hops wait for the broker to confirm their results. Short periods are caused by reconnects. For long periods, see AsyaHopsHeld in the runbook.',
        unit,
        width,
        height,
        states: NO_OR_YES,
        noValue: 'no held results',
        targets: [
          rangeQuery(
            `${activeInRange([...BY, 'reason'], q.select('held'))} > bool 0`,
            '{{reason}}, {{instance}}',
          ),
        ],
      }),
    ],
  };
}
