import { AnnotationQueryBuilder, type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { duration } from './durationRow.ts';
import { now } from './statusRow.ts';
import { outcomes } from './outcomeRow.ts';
import { processes } from './processRow.ts';
import { retries } from './failureRow.ts';
import { size } from './loadRow.ts';
import { states } from './replicaStateRow.ts';
import { telemetry } from './telemetryRow.ts';
import { createDashboard } from '../dashboard.ts';
import { DASHBOARD_UID } from '../links.ts';
import { createPromql, sumBy, type Promql } from '../promql.ts';
import { series } from '../panels/queries.ts';
import { chosen, dataSources, instances, jobs, namespaces, oneActor } from '../variables.ts';

/** One actor: what it does, where its time goes, and what goes wrong. */
export function createActor(): Dashboard {
  const q = createPromql({
    matchers: ['job=~"$job"', 'instance=~"$instance"', 'namespace=~"$namespace"', 'actor="$actor"'],
    window: '$__rate_interval',
  });
  // The SDK's own series and the process's say nothing of the actor.
  const ofProcess = createPromql({
    matchers: ['job=~"$job"', 'instance=~"$instance"', 'namespace=~"$namespace"'],
    window: '$__rate_interval',
  });
  return createDashboard({
    uid: DASHBOARD_UID.actor,
    title: 'Asya / Actor',
    description:
      'One actor: what it does, where its time goes, what goes wrong, and what state it is in.',
    variables: [
      ...dataSources('prometheus', 'tempo', 'loki'),
      jobs(),
      namespaces(),
      oneActor(),
      instances('actor="$actor"'),
    ],
    annotations: [deployments(q)],
    rows: [
      now(q),
      states(q),
      duration(q),
      outcomes(q),
      retries(q),
      size(q),
      processes(q, ofProcess),
      telemetry(q, ofProcess),
    ],
  });
}

/** A mark wherever a version appears that was not there before. */
function deployments(q: Promql): AnnotationQueryBuilder {
  const versions = sumBy(['actor', 'version'], q.select('buildInfo'));
  const expr = `${versions} unless ${sumBy(['actor', 'version'], `${q.select('buildInfo')} offset 2m`)}`;
  return new AnnotationQueryBuilder()
    .name('Deployments')
    .datasource(chosen('prometheus'))
    .enable(true)
    .iconColor('purple')
    .expr(expr)
    .step('1m')
    .titleFormat('{{actor}} {{version}}')
    .textFormat('first seen')
    .target(series(expr, '{{version}}', 'Anno'));
}
