import { mkdir, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DASHBOARDS, readDashboard } from '../../test/kit/dashboards/dashboardFile.ts';
import { answersOf } from './queryResults.ts';
import { drawPage } from './pictures/page.ts';
import { CHOSEN, CHOSEN_QUANTILE } from './panelQueries.ts';
import { tellStory } from './scenario.ts';

/**
 * Draws the dashboards as they look after a run in which everything has happened, with pauses in
 * between so that one sees it, and in which the only runtime that infer had left has just been
 * killed:
 *
 *   npm run pictures
 */
const FOLDER = new URL('../../docs/pictures/', import.meta.url);
const REST_MS = 20_000;
const STEP_S = 2;

const story = await tellStory({
  restMs: REST_MS,
  last: async ({ runtimes }) => {
    await sleep(REST_MS);
    await runtimes['infer-1'].stop();
    await sleep(2 * REST_MS);
  },
});
try {
  const { pipeline, fromS, toS } = story;
  const answers = await answersOf(story, STEP_S);
  const alerts = await pipeline.prometheus.range('ALERTS', fromS, toS, STEP_S);
  await mkdir(FOLDER, { recursive: true });
  for (const name of DASHBOARDS) {
    const picture = drawPage(readDashboard(name), {
      answers: answers.filter(({ query }) => query.dashboard === name),
      alerts,
      fromS,
      toS,
      chosen: { actor: CHOSEN[name], quantile: `p${Number(CHOSEN_QUANTILE) * 100}` },
    });
    await writeFile(new URL(`${name}.svg`, FOLDER), picture);
  }
} finally {
  await story.close();
}
