import type { Row } from '../dashboard.ts';
import { NONE_ALLOWED, OF_BUDGET } from '../panels/panel.ts';
import { number } from '../panels/charts.ts';
import { maxBy, quantile, ratio, type Promql } from '../promql.ts';
import { DECIDED } from '../hopQueries.ts';

/** The row that a person on call reads first: all zeros is good. */
export function wrongNow(q: Promql): Row {
  const width = 3;
  return {
    title: 'Is anything wrong now?',
    panels: [
      number({
        title: 'Sidecars not ready',
        description:
          'Sidecars whose /readyz says no, of all that are scraped. Above 0: find the actor in the table below, and ask its /readyz, which names the reason.',
        unit: 'short',
        width,
        limits: NONE_ALLOWED,
        expr: `sum(${q.select('ready')} == bool 0)`,
      }),
      number({
        title: 'Runtimes down',
        description:
          "Runtimes that cannot be called. The backlog stays in its queue and nothing is lost, but nothing is processed either. Above 0: look at the runtime container's own log.",
        unit: 'short',
        width,
        limits: NONE_ALLOWED,
        expr: `sum(${q.select('runtimeUp')} == bool 0)`,
      }),
      number({
        title: 'Broker lost or blocked',
        description:
          'Sidecars without a connection to the broker, or whose broker takes no publishes (a memory or disk alarm). Above 0: look at the broker first; the sidecars come back by themselves.',
        unit: 'short',
        width,
        limits: NONE_ALLOWED,
        expr: `sum(${q.select('brokerConnected')} == bool 0) + sum(${q.select('brokerBlocked')})`,
      }),
      number({
        title: 'Hops held',
        description:
          'Finished hops whose results the broker has not taken yet. They are sent again until it does; each one keeps a slot busy. Above 0 for minutes: see the reason on the Actor dashboard.',
        unit: 'short',
        width,
        limits: NONE_ALLOWED,
        expr: `sum(${q.select('held')})`,
      }),
      number({
        title: 'Hops that failed',
        description:
          'The share of finished hops that went to error-end. Over 0.1 % the error budget burns; over 1 % it is gone in three days. The table says which actor, its dashboard says which code.',
        unit: 'percentunit',
        width,
        limits: OF_BUDGET,
        noValue: 'no hops',
        expr: ratio(
          `sum(${q.rate('messagesFailed')})`,
          `sum(${q.rate('messagesProcessed', DECIDED)})`,
        ),
      }),
      number({
        title: 'Duration of a hop, p99',
        description:
          'The slowest hundredth of all hops takes longer, from delivery to settled. What is slow depends on your actors: compare with yesterday; the table says which actor it is.',
        unit: 's',
        width,
        noValue: 'no hops',
        expr: quantile(0.99, [], q.buckets('processingDuration')),
      }),
      number({
        title: 'Messages waiting',
        description:
          'Ready in all queues together. High is normal under load; what rises for long means that some actor is too slow or paused: see Waiting by actor.',
        unit: 'short',
        width,
        expr: `sum(${maxBy(['actor', 'namespace'], q.select('queueDepth'))})`,
      }),
      number({
        title: 'Parked',
        description:
          'Envelopes put away in the shown range, because even error-end could not take them. Each one waits for a person: `asya-sidecar replay --parked`.',
        unit: 'short',
        width,
        limits: NONE_ALLOWED,
        expr: `sum(increase(${q.select('messagesSent', 'message_type="parked"')}[$__range])) or vector(0)`,
      }),
    ],
  };
}
