import type { Row } from '../dashboard.ts';
import { OF_BUDGET, UP, WRONG } from '../panels/panel.ts';
import { CLICKED, toActor } from '../links.ts';
import { maxBy, minBy, orZero, quantile, ratio, sumBy, type Promql } from '../promql.ts';
import { alerts, rowTable } from '../panels/tables.ts';
import { DECIDED, freeSlots } from '../hopQueries.ts';

const BY = ['actor', 'namespace'] as const;

/**
 * The table from which one goes on to an actor, beside the alerts: on the first screen, under what
 * is wrong.
 */
export function eachActor(q: Promql): Row {
  const done = sumBy(BY, q.rate('messagesProcessed', DECIDED));
  const hop = (share: number): string => quantile(share, BY, q.buckets('processingDuration'));
  return {
    title: 'Which actor is it?',
    panels: [
      rowTable({
        title: 'Actors',
        description:
          'One row an actor, over the last minutes of the shown range. The ones that are not ready come first; click an actor to open it. A row that misses values has had no traffic.',
        width: 18,
        height: 9,
        by: BY,
        sortBy: 'Ready',
        links: [toActor(CLICKED.row)],
        columns: [
          { title: 'Replicas', expr: sumBy(BY, q.select('buildInfo')), unit: 'short' },
          { title: 'Ready', expr: minBy(BY, q.select('ready')), unit: 'short', states: UP },
          { title: 'Runtime', expr: minBy(BY, q.select('runtimeUp')), unit: 'short', states: UP },
          { title: 'Paused', expr: maxBy(BY, q.select('paused')), unit: 'short', states: WRONG },
          { title: 'Waiting', expr: maxBy(BY, q.select('queueDepth')), unit: 'short' },
          { title: 'Slots free', expr: freeSlots(q, BY), unit: 'short' },
          { title: 'Hops', expr: done, unit: 'ops' },
          {
            title: 'Failed',
            expr: ratio(orZero(sumBy(BY, q.rate('messagesFailed')), done), done),
            unit: 'percentunit',
            limits: OF_BUDGET,
          },
          { title: 'Retries', expr: sumBy(BY, q.rate('retries')), unit: 'ops' },
          { title: 'p50', expr: hop(0.5), unit: 's' },
          { title: 'p95', expr: hop(0.95), unit: 's' },
          { title: 'p99', expr: hop(0.99), unit: 's' },
          { title: 'Wait p95', expr: quantile(0.95, BY, q.buckets('queueWait')), unit: 's' },
        ],
      }),
      alerts(
        {
          title: 'Alerts',
          description:
            'Asya’s alerts that fire or are about to. Each has a summary and a link to its page in the runbook. Empty is good, provided that the rules are loaded.',
          width: 6,
          height: 9,
        },
        '{alertname=~"Asya.+"}',
      ),
    ],
  };
}
