import type { Row } from '../dashboard.ts';
import { timeSeries } from '../panels/charts.ts';
import { maxBy, sumBy, type Promql } from '../promql.ts';
import { rangeQuery } from '../panels/queries.ts';

const BY = ['instance'];
const legend = '{{instance}}';

/**
 * CPU and memory of the sidecar process.
 * @param process queries without an actor matcher, because these series have no such label
 */
export function processRow(q: Promql, process: Promql): Row {
  const ofActor = (expr: string): string => `${expr} and on (instance) ${q.select('buildInfo')}`;
  return {
    title: 'Sidecar process',
    panels: [
      timeSeries({
        title: 'Event loop delay, p99',
        description:
          'Delay of timer callbacks. Above 0.1 s, the process lacks CPU or parses very large envelopes; above 15 s, the broker may close the connection. Raise the CPU limit.',
        unit: 's',
        scale: 'logarithmic',
        width: 8,
        thresholds: { warning: 0.1, critical: 1 },
        targets: [rangeQuery(ofActor(maxBy(BY, process.select('loopDelayP99'))), legend)],
      }),
      timeSeries({
        title: 'Event loop utilization',
        description:
          'Share of time in which the event loop was busy. Near 100 %, the sidecar itself limits the throughput of the actor: add replicas or CPU.',
        unit: 'percentunit',
        width: 8,
        max: 1,
        thresholds: { warning: 0.7, critical: 0.9 },
        targets: [rangeQuery(ofActor(maxBy(BY, process.select('loopUtilization'))), legend)],
      }),
      timeSeries({
        title: 'Heap',
        description:
          'Heap that is used, and heap that V8 has allocated. A line that rises for days is a leak. Keep the memory limit well above concurrency times the largest envelope.',
        unit: 'bytes',
        width: 8,
        targets: [
          rangeQuery(ofActor(sumBy(BY, process.select('heapUsed'))), `${legend} used`, 'A'),
          rangeQuery(ofActor(sumBy(BY, process.select('heapLimit'))), `${legend} allocated`, 'B'),
        ],
      }),
    ],
  };
}
