import { AnnotationQueryBuilder, type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { batchRow } from './batchRow.ts';
import { durationRow } from './durationRow.ts';
import { statusRow } from './statusRow.ts';
import { outcomeRow } from './outcomeRow.ts';
import { processRow } from './processRow.ts';
import { failureRow } from './failureRow.ts';
import { loadRow } from './loadRow.ts';
import { replicaStateRow } from './replicaStateRow.ts';
import { telemetryRow } from './telemetryRow.ts';
import { waitingRow } from './waitingRow.ts';
import { createDashboard } from '../dashboard.ts';
import { DASHBOARD_UID } from '../links.ts';
import { createPromql, sumBy, type Promql } from '../promql.ts';
import { rangeQuery } from '../panels/queries.ts';
import {
  dataSourceRef,
  dataSourceVariables,
  instanceVariable,
  jobVariable,
  namespaceVariable,
  actorVariable,
} from '../variables.ts';

/** Builds the dashboard of a single actor. */
export function createActorDashboard(): Dashboard {
  const q = createPromql({
    matchers: ['job=~"$job"', 'instance=~"$instance"', 'namespace=~"$namespace"', 'actor="$actor"'],
    window: '$__rate_interval',
  });
  // The series of the SDK, the event loop and the heap have no actor label.
  const anyActor = createPromql({
    matchers: ['job=~"$job"', 'instance=~"$instance"', 'namespace=~"$namespace"'],
    window: '$__rate_interval',
  });
  return createDashboard({
    uid: DASHBOARD_UID.actor,
    title: 'Asya / Actor',
    description:
      'One actor: replica states, latency, outcomes, failures, load and telemetry health.',
    variables: [
      ...dataSourceVariables('prometheus', 'tempo', 'loki'),
      jobVariable(),
      namespaceVariable(),
      actorVariable(),
      instanceVariable('actor="$actor"'),
    ],
    annotations: [deployments(q)],
    rows: [
      statusRow(q),
      replicaStateRow(q),
      durationRow(q),
      outcomeRow(q),
      failureRow(q),
      waitingRow(q, anyActor),
      loadRow(q),
      batchRow(q),
      processRow(q, anyActor),
      telemetryRow(q, anyActor),
    ],
  });
}

/** Marks the first appearance of each version. */
function deployments(q: Promql): AnnotationQueryBuilder {
  const versions = sumBy(['actor', 'version'], q.select('buildInfo'));
  const expr = `${versions} unless ${sumBy(['actor', 'version'], `${q.select('buildInfo')} offset 2m`)}`;
  return new AnnotationQueryBuilder()
    .name('Deployments')
    .datasource(dataSourceRef('prometheus'))
    .enable(true)
    .iconColor('purple')
    .expr(expr)
    .step('1m')
    .titleFormat('{{actor}} {{version}}')
    .textFormat('first seen')
    .target(rangeQuery(expr, '{{version}}', 'Anno'));
}
