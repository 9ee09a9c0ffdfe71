import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { createDashboard } from '../dashboard.ts';
import { searchRow } from './searchRow.ts';
import { journeyDetailRow, traceDetailRow } from './detailRows.ts';
import { overviewRow } from './overviewRow.ts';
import { DASHBOARD_UID } from '../links.ts';
import { createPromql } from '../promql.ts';
import {
  dataSourceVariables,
  instanceVariable,
  jobVariable,
  namespaceVariable,
  quantileVariable,
  textBoxVariable,
} from '../variables.ts';

/** Builds the dashboard of journeys: the path of an envelope from its first hop to an end. */
export function createJourneysDashboard(): Dashboard {
  const q = createPromql({
    matchers: ['job=~"$job"', 'instance=~"$instance"', 'namespace=~"$namespace"'],
    window: '$__rate_interval',
  });
  return createDashboard({
    uid: DASHBOARD_UID.journeys,
    title: 'Asya / Journeys',
    description:
      'Journeys from the first hop to an end: rates, durations, slow and failed journeys, and the hops and logs of one journey.',
    variables: [
      ...dataSourceVariables('prometheus', 'tempo', 'loki'),
      jobVariable(),
      namespaceVariable(),
      instanceVariable('actor=~".+"'),
      quantileVariable(),
      textBoxVariable(
        'slower',
        'Slower than (s)',
        'Journeys that took longer are listed as slow',
        '1',
      ),
      textBoxVariable('journey', 'Journey', 'Id of the journey to show', 'none'),
      textBoxVariable('trace', 'Trace', 'Id of the trace to show', 'none'),
      textBoxVariable(
        'streams',
        'Log streams',
        'Stream selector of the sidecar logs in Loki',
        '{service_namespace="asya"}',
      ),
    ],
    rows: [overviewRow(q), searchRow(), journeyDetailRow(), traceDetailRow()],
  });
}
