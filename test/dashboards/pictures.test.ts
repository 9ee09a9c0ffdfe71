import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DASHBOARDS, readDashboard } from '../kit/dashboards/dashboardFile.ts';
import type { Answer } from '../../tools/live/queryResults.ts';
import { drawPage } from '../../tools/live/pictures/page.ts';
import { panelQueries } from '../../tools/live/panelQueries.ts';

const [FROM_S, TO_S] = [1_000, 1_060];
const EVERY_SECOND = Array.from({ length: TO_S - FROM_S + 1 }, (_, second) => FROM_S + second);

for (const name of DASHBOARDS) {
  test(`${name}: the committed picture has every panel that there is (else: npm run pictures)`, () => {
    const picture = readFileSync(
      new URL(`../../docs/pictures/${name}.svg`, import.meta.url),
      'utf8',
    );
    assert.ok(picture.includes('not Grafana itself'));
    assert.ok(picture.length < 300_000, `${picture.length} bytes`);
    // Those in closed rows are not shown.
    for (const { title = '', type } of readDashboard(name).panels) {
      if (type === 'row') continue;
      assert.ok(
        picture.includes(`>${title.replace('$quantile', 'p95').replace(/\$\w+/, '')}`),
        title,
      );
    }
  });

  test(`${name}: a picture has no coordinate that is none, with data, with holes in them, and without`, () => {
    for (const values of [
      () => 1,
      () => 0,
      (second: number) => (second % 7 < 3 ? undefined : second),
      () => undefined,
    ]) {
      const wrong = draw(name, values).match(/.{0,80}(?:NaN|Infinity|undefined)/);
      assert.equal(wrong?.[0], undefined);
    }
  });
}

test('a number is drawn in the colour of its threshold, and one that has ended is not drawn', () => {
  const red = 'fill="#f2495c"';
  const title = 'Sidecars not ready';
  assert.match(
    panelIn(
      draw('fleet', () => 7),
      title,
    ),
    new RegExp(`${red}[^>]*>7<`),
  );
  assert.doesNotMatch(
    panelIn(
      draw('fleet', () => 0),
      title,
    ),
    new RegExp(red),
  );
  const ended = draw('fleet', (second) => (second < TO_S - 20 ? 7 : undefined));
  assert.match(panelIn(ended, title), />nothing is scraped</);
});

/** @param valueAt what every query answers at a second; undefined where it answers nothing */
function draw(
  name: (typeof DASHBOARDS)[number],
  valueAt: (second: number) => number | undefined,
): string {
  const metric = {
    actor: 'infer',
    instance: 'a:8080',
    le: '1',
    id: 'infer',
    source: 'infer',
    target: 'infer',
  };
  const points = EVERY_SECOND.flatMap((second) => {
    const value = valueAt(second);
    return value === undefined ? [] : [[second, value] as const];
  });
  const series = points.length === 0 ? [] : [{ metric, points }];
  const answers = panelQueries(TO_S - FROM_S)
    .filter(({ dashboard }) => dashboard === name)
    .map((query, index): Answer => ({ name: query.panel, query, index, series }));
  return drawPage(readDashboard(name), {
    answers,
    alerts: [],
    fromS: FROM_S,
    toS: TO_S,
    chosen: {},
  });
}

function panelIn(picture: string, title: string): string {
  return picture.split('\n').find((line) => line.includes(`>${title}<`)) ?? '';
}
