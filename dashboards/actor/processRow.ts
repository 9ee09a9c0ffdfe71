import type { Row } from '../dashboard.ts';
import { timeSeries } from '../panels/charts.ts';
import { maxBy, sumBy, type Promql } from '../promql.ts';
import { rangeQuery } from '../panels/queries.ts';

const BY = ['instance'];
const legend = '{{instance}}';

/**
 * CPU, memory and restarts of the sidecar process.
 * @param process queries without an actor matcher, because the series of the event loop and of the
 * heap have no such label
 */
export function processRow(q: Promql, process: Promql): Row {
  const ofActor = (expr: string): string => `${expr} and on (instance) ${q.select('buildInfo')}`;
  return {
    title: 'Sidecar process',
    panels: [
      timeSeries({
        title: 'Memory',
        description:
          'Resident memory of each process. A line that rises for days is a leak; a line that ends at the memory limit is followed by a restart. Keep the limit well above concurrency times the largest envelope.',
        unit: 'bytes',
        width: 8,
        targets: [rangeQuery(maxBy(BY, q.select('processMemory')), legend)],
      }),
      timeSeries({
        title: 'CPU',
        description:
          'Cores that each sidecar process uses, without its runtime. Near the CPU limit, hops become slower: raise the limit or add replicas. A single process uses little more than one core.',
        unit: 'short',
        width: 8,
        targets: [rangeQuery(sumBy(BY, q.rate('processCpu')), legend)],
      }),
      timeSeries({
        title: 'Uptime',
        description:
          'Time since each process started. A line that keeps falling to 0 is a restart loop: `kubectl logs --previous` has the reason. A drop of all lines is a deployment.',
        unit: 's',
        width: 8,
        targets: [rangeQuery(`time() - ${maxBy(BY, q.select('processStartTime'))}`, legend)],
      }),
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
          'Heap that is used, and heap that V8 has allocated. Memory minus allocated heap holds the bodies of envelopes. A line that rises for days is a leak.',
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
