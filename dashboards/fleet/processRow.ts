import type { Row } from '../dashboard.ts';
import { CLICKED, actorLink } from '../links.ts';
import { timeSeries } from '../panels/charts.ts';
import { rangeQuery } from '../panels/queries.ts';
import { maxBy, sumBy, type Promql } from '../promql.ts';

const BY = ['actor'];
const legend = '{{actor}}';

/** Memory, CPU and restarts of the sidecar processes, with one line per actor. */
export function processRow(q: Promql): Row {
  const width = 8;
  const links = [actorLink(CLICKED.series)];
  return {
    title: 'Sidecar processes',
    panels: [
      timeSeries({
        title: 'Memory by actor',
        description:
          'Resident memory of the largest sidecar process of each actor. A line that rises for days is a leak; a line that ends at the memory limit is followed by a restart. Keep the limit well above concurrency times the largest envelope.',
        unit: 'bytes',
        width,
        links,
        targets: [rangeQuery(maxBy(BY, q.select('processMemory')), legend)],
      }),
      timeSeries({
        title: 'CPU by actor',
        description:
          'Cores that the sidecars of an actor use together, without their runtimes. It rises with the hop rate. Near the CPU limit, hops become slower: raise the limit or add replicas.',
        unit: 'short',
        width,
        links,
        targets: [rangeQuery(sumBy(BY, q.rate('processCpu')), legend)],
      }),
      timeSeries({
        title: 'Uptime of the youngest process',
        description:
          'Time since the newest sidecar process of each actor started. A line that keeps falling to 0 is a restart loop: `kubectl logs --previous` has the reason. A single drop is a deployment or a new replica.',
        unit: 's',
        width,
        links,
        targets: [rangeQuery(`time() - ${maxBy(BY, q.select('processStartTime'))}`, legend)],
      }),
    ],
  };
}
