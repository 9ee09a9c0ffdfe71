import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { createDashboard } from '../dashboard.ts';
import { found } from './searchRow.ts';
import { one, oneTrace } from './detailRows.ts';
import { whole } from './overviewRow.ts';
import { DASHBOARD_UID } from '../links.ts';
import { createPromql } from '../promql.ts';
import { dataSources, instances, jobs, namespaces, quantiles, textBox } from '../variables.ts';

/** Whole journeys, from the first hop to an end. */
export function createJourneys(): Dashboard {
  const q = createPromql({
    matchers: ['job=~"$job"', 'instance=~"$instance"', 'namespace=~"$namespace"'],
    window: '$__rate_interval',
  });
  return createDashboard({
    uid: DASHBOARD_UID.journeys,
    title: 'Asya / Journeys',
    description:
      'Whole journeys: how long they take, which are slow or failed, and one of them with its log.',
    variables: [
      ...dataSources('prometheus', 'tempo', 'loki'),
      jobs(),
      namespaces(),
      instances('actor=~".+"'),
      quantiles(),
      textBox(
        'slower',
        'Slower than (s)',
        'From how many seconds on a journey is listed as slow',
        '1',
      ),
      textBox(
        'journey',
        'Journey',
        'The id of a journey, for the panels about one journey',
        'none',
      ),
      textBox('trace', 'Trace', 'The id of a trace, for the panels about one trace', 'none'),
      textBox(
        'streams',
        'Log streams',
        'Which of Loki’s streams the sidecars log to',
        '{service_namespace="asya"}',
      ),
    ],
    rows: [whole(q), found(), one(), oneTrace()],
  });
}
