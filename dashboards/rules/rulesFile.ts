import { stringify } from 'yaml';
import { availabilityGroup } from './availability.ts';
import { flowGroup } from './flow.ts';
import { objectiveGroups } from './objectives.ts';
import type { Group } from './rule.ts';
import { telemetryGroup } from './telemetry.ts';

/** Everything that Prometheus evaluates. */
export function ruleGroups(): Group[] {
  return [...objectiveGroups(), availabilityGroup(), flowGroup(), telemetryGroup()];
}

/** The file that Prometheus loads. */
export function rulesFile(): string {
  return `# Made by npm run dashboards; what each alert asks of you is in docs/runbook.md.\n${stringify(
    { groups: ruleGroups() },
    { lineWidth: 110 },
  )}`;
}
