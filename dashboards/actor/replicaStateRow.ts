import type { Row } from '../dashboard.ts';
import { UP, WRONG } from '../panels/panel.ts';
import { timeline } from '../panels/charts.ts';
import { everSo, sumBy, type Promql } from '../promql.ts';
import { series } from '../panels/queries.ts';

const BY = ['instance'];

/** Since when each replica has been in which state. */
export function states(q: Promql): Row {
  const width = 8;
  const height = 5;
  const unit = 'short';
  return {
    title: 'What state is each replica in, and since when?',
    panels: [
      timeline({
        title: 'Ready',
        description:
          'What /readyz says, by instance. Red: it says no; the reason is in its answer and in the other timelines.',
        unit,
        width,
        height,
        states: UP,
        targets: [series(sumBy(BY, q.select('ready')), '{{instance}}')],
      }),
      timeline({
        title: 'Broker connected',
        description:
          'Red: the connection is lost, and the sidecar tries again with back-off. All replicas at once: the broker or the network; one alone: its node.',
        unit,
        width,
        height,
        states: UP,
        targets: [series(sumBy(BY, q.select('brokerConnected')), '{{instance}}')],
      }),
      timeline({
        title: 'Broker blocked',
        description:
          'Red: the broker takes no publishes, because of its memory or disk alarm. Results wait until it clears. Free memory or disk at the broker.',
        unit,
        width,
        height,
        states: WRONG,
        targets: [series(sumBy(BY, q.select('brokerBlocked')), '{{instance}}')],
      }),
      timeline({
        title: 'Runtime up',
        description:
          'Red: the runtime cannot be called; consuming is paused and the backlog stays in its queue. Look at the runtime container.',
        unit,
        width,
        height,
        states: UP,
        targets: [series(sumBy(BY, q.select('runtimeUp')), '{{instance}}')],
      }),
      timeline({
        title: 'Paused, by reason',
        description:
          'Red: no messages are taken. runtime_absent, suspect (a message that may kill the process is handled alone) or draining (the process is stopping).',
        unit,
        width,
        height,
        states: WRONG,
        noValue: 'nothing was paused',
        targets: [
          series(everSo([...BY, 'reason'], q.select('paused')), '{{reason}}, {{instance}}'),
        ],
      }),
      timeline({
        title: 'Holding results, by reason',
        description:
          'Red: finished hops wait for the broker to take their results. Short ones are a reconnect; long ones are in the runbook under AsyaHopsHeld.',
        unit,
        width,
        height,
        states: WRONG,
        noValue: 'nothing was held',
        targets: [
          series(
            `${everSo([...BY, 'reason'], q.select('held'))} > bool 0`,
            '{{reason}}, {{instance}}',
          ),
        ],
      }),
    ],
  };
}
