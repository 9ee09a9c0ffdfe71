import { createActorDashboard } from './actor/actorDashboard.ts';
import { createFleetDashboard } from './fleet/fleetDashboard.ts';
import { createJourneysDashboard } from './journeys/journeysDashboard.ts';
import { rulesFile } from './rules/rulesFile.ts';

/** Contents of the generated files, by path relative to this folder. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['grafana/fleet.json', json(createFleetDashboard())],
    ['grafana/actor.json', json(createActorDashboard())],
    ['grafana/journeys.json', json(createJourneysDashboard())],
    ['prometheus/rules.yaml', rulesFile()],
  ]);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
