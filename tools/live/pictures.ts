import { mkdir, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DASHBOARDS, readDashboard } from '../../test/kit/dashboards/dashboardFile.ts';
import { SECOND } from '../../src/units.ts';
import { SELECTED_ACTOR, SELECTED_QUANTILE } from './panelQueries.ts';
import { drawDashboard } from './pictures/dashboardPicture.ts';
import { selectJourney } from './pictures/journeyPanels.ts';
import { queryPanels } from './queryResults.ts';
import { runScenario } from './scenario.ts';

/**
 * Draws the dashboards after a run of the scenario. Pauses between the steps make each of them
 * visible, and the last runtime of infer is down when the run ends:
 *
 *   npm run pictures
 */
const FOLDER = new URL('../../docs/pictures/', import.meta.url);
const PAUSE_MS = 20 * SECOND;
const STEP_S = 4;

const run = await runScenario({
  pauseMs: PAUSE_MS,
  lastStep: async ({ runtimes }) => {
    await sleep(PAUSE_MS);
    await runtimes['infer-1'].stop();
    await sleep(2 * PAUSE_MS);
  },
});
try {
  const { pipeline, fromS, toS } = run;
  const results = await queryPanels(run, STEP_S);
  const alerts = await pipeline.prometheus.range('ALERTS', fromS, toS, STEP_S);
  const telemetry = pipeline.collector.received;
  const selected = selectJourney(telemetry);
  await mkdir(FOLDER, { recursive: true });
  for (const name of DASHBOARDS) {
    const picture = drawDashboard(readDashboard(name), {
      results: results.filter(({ query }) => query.dashboard === name),
      alerts,
      telemetry,
      selected,
      range: { fromS, toS, stepS: STEP_S },
      variables: {
        ...selected,
        actor: SELECTED_ACTOR[name],
        quantile: `p${Number(SELECTED_QUANTILE) * 100}`,
      },
    });
    await writeFile(new URL(`${name}.svg`, FOLDER), picture);
  }
} finally {
  await run.close();
}
