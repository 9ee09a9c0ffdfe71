import { AnnotationQueryBuilder, type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { duration } from './actor/duration.ts';
import { now } from './actor/now.ts';
import { outcomes } from './actor/outcomes.ts';
import { processes } from './actor/process.ts';
import { retries } from './actor/retries.ts';
import { size } from './actor/size.ts';
import { states } from './actor/states.ts';
import { telemetry } from './actor/telemetry.ts';
import { createDashboard } from './dashboard.ts';
import { DASHBOARD_UID } from './links.ts';
import { createPromql, sumBy, type Promql } from './promql.ts';
import { series } from './targets.ts';
import { chosen, dataSources, instances, jobs, namespaces, oneActor } from './variables.ts';

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
