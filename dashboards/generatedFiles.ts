import { createActor } from './actor/actorDashboard.ts';
import { createFleet } from './fleet/fleetDashboard.ts';
import { createJourneys } from './journeys/journeysDashboard.ts';
import { rulesFile } from './rules/rulesFile.ts';

/** Everything that is made, by its path in this folder. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['grafana/fleet.json', json(createFleet())],
    ['grafana/actor.json', json(createActor())],
    ['grafana/journeys.json', json(createJourneys())],
    ['prometheus/rules.yaml', rulesFile()],
  ]);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
