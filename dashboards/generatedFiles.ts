import { createActorDashboard } from './actor/actorDashboard.ts';
import { createFleetDashboard } from './fleet/fleetDashboard.ts';
import { createJourneysDashboard } from './journeys/journeysDashboard.ts';
import { rulesFile } from './rules/rulesFile.ts';

const CHART = 'deploy/helm/asya-observability/files';

/**
 * Contents of the generated files, by path relative to the repository. A chart can read only files
 * in its own folder, so it has copies. Its dashboards are on one line, because the size of a
 * ConfigMap is limited.
 */
export function generatedFiles(): ReadonlyMap<string, string> {
  const dashboards = [
    { name: 'fleet', dashboard: createFleetDashboard() },
    { name: 'actor', dashboard: createActorDashboard() },
    { name: 'journeys', dashboard: createJourneysDashboard() },
  ];
  const rules = rulesFile();
  return new Map([
    ...dashboards.flatMap(({ name, dashboard }): [string, string][] => [
      [`dashboards/grafana/${name}.json`, `${JSON.stringify(dashboard, undefined, 2)}\n`],
      [`${CHART}/dashboards/${name}.json`, `${JSON.stringify(dashboard)}\n`],
    ]),
    ['dashboards/prometheus/rules.yaml', rules],
    [`${CHART}/rules.yaml`, rules],
  ]);
}
