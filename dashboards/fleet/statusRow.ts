import type { Row } from '../dashboard.ts';
import { ANY_IS_CRITICAL, ERROR_BUDGET } from '../panels/panel.ts';
import { stat } from '../panels/charts.ts';
import { maxBy, quantile, ratio, type Promql } from '../promql.ts';
import { FINISHED } from '../hopQueries.ts';

const BY_QUEUE = ['namespace', 'queue'];

/** The first row for on-call engineers. Zeros are good. */
export function statusRow(q: Promql): Row {
  const width = 4;
  return {
    title: 'Status',
    panels: [
      stat({
        title: 'Sidecars not ready',
        description:
          'Scraped sidecars whose /readyz fails. If above 0, find the actor in the table below and query /readyz of its replicas, which returns the reason.',
        unit: 'short',
        width,
        thresholds: ANY_IS_CRITICAL,
        expr: `sum(${q.select('ready')} == bool 0)`,
      }),
      stat({
        title: 'Runtimes down',
        description:
          'Runtimes that the sidecars cannot call. No messages are lost, but the affected replicas process nothing and the backlog stays in the queue. If above 0, check the logs of the runtime container.',
        unit: 'short',
        width,
        thresholds: ANY_IS_CRITICAL,
        expr: `sum(${q.select('runtimeUp')} == bool 0)`,
      }),
      stat({
        title: 'Broker unavailable',
        description:
          'Sidecars that are disconnected from the broker, plus sidecars that the broker blocks from publishing because of a memory or disk alarm. If above 0, check the broker first; sidecars recover on their own.',
        unit: 'short',
        width,
        thresholds: ANY_IS_CRITICAL,
        expr: `sum(${q.select('brokerConnected')} == bool 0) + sum(${q.select('brokerBlocked')})`,
      }),
      stat({
        title: 'Held hops',
        description:
          'Finished hops whose results the broker has not confirmed yet. The sidecar keeps resending them, and each occupies a slot. If it stays above 0, see the reason on the Actor dashboard.',
        unit: 'short',
        width,
        thresholds: ANY_IS_CRITICAL,
        expr: `sum(${q.select('held')})`,
      }),
      stat({
        title: 'Messages at error-end',
        description:
          'Failed messages that wait for a person. If above 0, `asya-sidecar errors list` groups them by actor and error; replay or discard them after the cause is repaired. If error-end has a sidecar, it has stopped.',
        unit: 'short',
        width,
        thresholds: ANY_IS_CRITICAL,
        noValue: 'unknown',
        expr: `sum(${maxBy(BY_QUEUE, q.select('errorEndDepth'))})`,
      }),
      stat({
        title: 'Parked messages',
        description:
          'Messages that error-end could not process either. If above 0, repair the runtime of error-end; the messages stay parked until a person replays them: `asya-sidecar errors list --parked`.',
        unit: 'short',
        width,
        thresholds: ANY_IS_CRITICAL,
        noValue: 'unknown',
        expr: `sum(${maxBy(BY_QUEUE, q.select('parkedDepth'))})`,
      }),
      stat({
        title: 'Failed hops',
        description:
          'Share of finished hops that went to error-end. Above 0.1 %, hops exceed the error budget; at 1 %, the 30-day budget is used up within three days. The table below shows the actor; its dashboard shows the fault codes.',
        unit: 'percentunit',
        width,
        thresholds: ERROR_BUDGET,
        noValue: 'no hops',
        expr: ratio(
          `sum(${q.rate('messagesFailed')})`,
          `sum(${q.rate('messagesProcessed', FINISHED)})`,
        ),
      }),
      stat({
        title: 'Hop duration, p99',
        description:
          '99th percentile of the time from delivery to settlement, over all actors. Which values are slow depends on your actors: compare with yesterday, then find the slow actor in the table below.',
        unit: 's',
        width,
        noValue: 'no hops',
        expr: quantile(0.99, [], q.buckets('processingDuration')),
      }),
      stat({
        title: 'Queued messages',
        description:
          'Messages ready in all queues. High values are normal under load. A value that keeps rising means that an actor is too slow or paused: see Queued messages by actor.',
        unit: 'short',
        width,
        expr: `sum(${maxBy(['actor', 'namespace'], q.select('queueDepth'))})`,
      }),
      stat({
        title: 'Waiting for a retry',
        description:
          'Messages of all actors that wait for their next attempt. A few are normal. Many mean that a dependency of a runtime is down: Messages waiting for a retry shows the actor, Retries the reason.',
        unit: 'short',
        width,
        noValue: 'unknown',
        expr: `sum(${maxBy(['actor', 'namespace'], q.select('retryDepth'))})`,
      }),
      stat({
        title: 'Largest sidecar',
        description:
          'Resident memory of the largest sidecar process. Compare it with the memory limit of the container: at the limit, the process is killed and its messages are redelivered.',
        unit: 'bytes',
        width,
        expr: `max(${q.select('processMemory')})`,
      }),
      stat({
        title: 'Restarts',
        description:
          'Sidecar processes that started again at the same address within the selected time range. On Kubernetes, deployments do not count, because new pods have new addresses: above 0, processes crashed or were killed. Uptime of the youngest process shows the actor.',
        unit: 'short',
        width,
        thresholds: { warning: 1 },
        expr: `sum(changes(${q.select('processStartTime')}[$__range]))`,
      }),
    ],
  };
}
