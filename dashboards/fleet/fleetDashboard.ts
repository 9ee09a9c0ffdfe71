import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { createDashboard } from '../dashboard.ts';
import { eachActor } from './actorTableRow.ts';
import { pipeline } from './messageFlowRow.ts';
import { wrongNow } from './statusRow.ts';
import { trouble } from './failureRow.ts';
import { work } from './trafficRow.ts';
import { DASHBOARD_UID } from '../links.ts';
import { createPromql } from '../promql.ts';
import { actors, dataSources, instances, jobs, namespaces, quantiles } from '../variables.ts';

/** All actors at a glance. */
export function createFleet(): Dashboard {
  const q = createPromql({
    matchers: [
      'job=~"$job"',
      'instance=~"$instance"',
      'namespace=~"$namespace"',
      'actor=~"$actor"',
    ],
    window: '$__rate_interval',
  });
  return createDashboard({
    uid: DASHBOARD_UID.fleet,
    title: 'Asya / Fleet',
    description:
      'All actors: is anything wrong, where is the work, who sends to whom. Click an actor to go on.',
    variables: [
      ...dataSources('prometheus', 'tempo', 'loki'),
      jobs(),
      namespaces(),
      actors(),
      instances(),
      quantiles(),
    ],
    rows: [wrongNow(q), eachActor(q), work(q), trouble(q), pipeline(q)],
  });
}
