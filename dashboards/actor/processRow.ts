import type { Row } from '../dashboard.ts';
import { graph } from '../panels/charts.ts';
import { maxBy, sumBy, type Promql } from '../promql.ts';
import { series } from '../panels/queries.ts';

const BY = ['instance'];
const legend = '{{instance}}';

/** @param process a scope without the actor, which these series do not have */
export function processes(q: Promql, process: Promql): Row {
  const ofActor = (expr: string): string => `${expr} and on (instance) ${q.select('buildInfo')}`;
  return {
    title: 'Is the sidecar itself well?',
    panels: [
      graph({
        title: 'Event-loop delay, p99',
        description:
          'How late timers ran. Over 0.1 s the process is short of CPU or parses very big envelopes; over 15 s the broker may give up the connection. Raise the CPU limit.',
        unit: 's',
        width: 8,
        limits: { look: 0.1, bad: 1 },
        targets: [series(ofActor(maxBy(BY, process.select('loopDelayP99'))), legend)],
      }),
      graph({
        title: 'Event-loop utilisation',
        description:
          'The share of time in which the process was busy. Near 100 % the sidecar itself is what limits the actor: add replicas, or CPU.',
        unit: 'percentunit',
        width: 8,
        max: 1,
        limits: { look: 0.7, bad: 0.9 },
        targets: [series(ofActor(maxBy(BY, process.select('loopUtilization'))), legend)],
      }),
      graph({
        title: 'Heap',
        description:
          'Used, and what V8 has reserved. A line that only climbs over days is a leak; keep the memory limit well above concurrency times the biggest envelopes.',
        unit: 'bytes',
        width: 8,
        targets: [
          series(ofActor(sumBy(BY, process.select('heapUsed'))), `${legend} used`, 'A'),
          series(ofActor(sumBy(BY, process.select('heapLimit'))), `${legend} reserved`, 'B'),
        ],
      }),
    ],
  };
}
