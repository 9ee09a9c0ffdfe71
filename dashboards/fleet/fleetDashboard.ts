import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { createDashboard } from '../dashboard.ts';
import { actorTableRow } from './actorTableRow.ts';
import { messageFlowRow } from './messageFlowRow.ts';
import { statusRow } from './statusRow.ts';
import { failureRow } from './failureRow.ts';
import { processRow } from './processRow.ts';
import { trafficRow } from './trafficRow.ts';
import { waitingRow } from './waitingRow.ts';
import { DASHBOARD_UID } from '../links.ts';
import { createPromql } from '../promql.ts';
import {
  actorsVariable,
  dataSourceVariables,
  instanceVariable,
  jobVariable,
  namespaceVariable,
  quantileVariable,
} from '../variables.ts';

/** Builds the overview of all actors. */
export function createFleetDashboard(): Dashboard {
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
      'All actors: status, traffic, failures and message flow. Click an actor to open its dashboard.',
    variables: [
      ...dataSourceVariables('prometheus', 'tempo', 'loki'),
      jobVariable(),
      namespaceVariable(),
      actorsVariable(),
      instanceVariable(),
      quantileVariable(),
    ],
    rows: [
      statusRow(q),
      actorTableRow(q),
      trafficRow(q),
      failureRow(q),
      waitingRow(q),
      messageFlowRow(q),
      processRow(q),
    ],
  });
}
