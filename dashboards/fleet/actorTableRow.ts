import type { Row } from '../dashboard.ts';
import { ERROR_BUDGET, UP_OR_DOWN, NO_OR_YES } from '../panels/panel.ts';
import { CLICKED, actorLink } from '../links.ts';
import { maxBy, minBy, orZero, quantile, ratio, sumBy, type Promql } from '../promql.ts';
import { alertList, seriesTable } from '../panels/tables.ts';
import { FINISHED, freeSlots } from '../hopQueries.ts';

const BY = ['actor', 'namespace'] as const;

/** The table of actors, which links to their dashboards, next to the list of alerts. */
export function actorTableRow(q: Promql): Row {
  const done = sumBy(BY, q.rate('messagesProcessed', FINISHED));
  const hop = (share: number): string => quantile(share, BY, q.buckets('processingDuration'));
  return {
    title: 'Actors and alerts',
    panels: [
      seriesTable({
        title: 'Actors',
        description:
          'One row per actor, at the end of the selected time range. Actors that are not ready come first. Click an actor to open its dashboard. Empty cells mean that the actor had no traffic.',
        width: 18,
        height: 9,
        by: BY,
        sortBy: 'Ready',
        links: [actorLink(CLICKED.row)],
        columns: [
          { title: 'Replicas', expr: sumBy(BY, q.select('buildInfo')), unit: 'short' },
          { title: 'Ready', expr: minBy(BY, q.select('ready')), unit: 'short', states: UP_OR_DOWN },
          {
            title: 'Runtime',
            expr: minBy(BY, q.select('runtimeUp')),
            unit: 'short',
            states: UP_OR_DOWN,
          },
          {
            title: 'Paused',
            expr: maxBy(BY, q.select('paused')),
            unit: 'short',
            states: NO_OR_YES,
          },
          { title: 'Queued', expr: maxBy(BY, q.select('queueDepth')), unit: 'short' },
          { title: 'Free slots', expr: freeSlots(q, BY), unit: 'short' },
          { title: 'Hops', expr: done, unit: 'ops' },
          {
            title: 'Failed',
            expr: ratio(orZero(sumBy(BY, q.rate('messagesFailed')), done), done),
            unit: 'percentunit',
            thresholds: ERROR_BUDGET,
          },
          { title: 'Retries', expr: sumBy(BY, q.rate('retries')), unit: 'ops' },
          { title: 'Hop p50', expr: hop(0.5), unit: 's' },
          { title: 'Hop p95', expr: hop(0.95), unit: 's' },
          { title: 'Hop p99', expr: hop(0.99), unit: 's' },
          { title: 'Queue wait p95', expr: quantile(0.95, BY, q.buckets('queueWait')), unit: 's' },
        ],
      }),
      alertList(
        {
          title: 'Alerts',
          description:
            'Firing and pending alerts of the Asya rules. Each alert has a summary and a link to its runbook section. An empty list is good only if Prometheus has loaded the rules.',
          width: 6,
          height: 9,
        },
        '{alertname=~"Asya.+"}',
      ),
    ],
  };
}
