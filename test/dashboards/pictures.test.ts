import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { drawDashboard } from '../../tools/live/pictures/dashboardPicture.ts';
import { selectJourney } from '../../tools/live/pictures/journeyPanels.ts';
import { panelQueries } from '../../tools/live/panelQueries.ts';
import type { ExportedTelemetry } from '../../tools/live/collector.ts';
import type { QueryResult } from '../../tools/live/queryResults.ts';
import type { TracedSpan } from '../../src/cli/trace/spans/otlp.ts';
import { DASHBOARDS, panelsOf, readDashboard } from '../kit/dashboards/dashboardFile.ts';

const [FROM_S, TO_S] = [1_000, 1_060];
const EVERY_SECOND = Array.from({ length: TO_S - FROM_S + 1 }, (_, second) => FROM_S + second);
const JOURNEY = '4d1f2f6b-0000-4000-8000-000000000001';

for (const name of DASHBOARDS) {
  test(`${name}: the committed picture has every panel (else: npm run pictures)`, () => {
    const picture = readFileSync(
      new URL(`../../docs/pictures/${name}.svg`, import.meta.url),
      'utf8',
    );
    assert.ok(picture.includes('not a screenshot of Grafana'));
    assert.ok(picture.length < 350_000, `${picture.length} bytes`);
    for (const { title = '' } of panelsOf(readDashboard(name))) {
      const drawn = title.replace('$quantile', 'p95').replace(/\$\w+/, '');
      assert.ok(picture.includes(`>${drawn}`), title);
    }
  });

  test(`${name}: a picture has only finite coordinates, with data, with gaps and without data`, () => {
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

test('a number has the color of its threshold, and disappears when its series ends', () => {
  const red = 'fill="#f2495c"';
  const title = 'Sidecars not ready';
  const isSeven = (panel: string): boolean => new RegExp(`${red}[^>]*>7<`).test(panel);
  assert.ok(
    isSeven(
      panelIn(
        draw('fleet', () => 7),
        title,
      ),
    ),
  );
  assert.doesNotMatch(
    panelIn(
      draw('fleet', () => 0),
      title,
    ),
    new RegExp(red),
  );
  const ended = draw('fleet', (second) => (second < TO_S - 20 ? 7 : undefined));
  assert.match(panelIn(ended, title), />no data: check the scrape</);
});

test('durations have a logarithmic axis', () => {
  const picture = draw('fleet', (second) => (second === FROM_S ? 0.01 : 10));
  const panel = panelIn(picture, 'Hop duration, $quantile');
  for (const label of ['10 ms', '100 ms', '1 s', '10 s']) assert.ok(panel.includes(`>${label}<`));
});

test('the selected journey is shown with its hops, its log lines and its spans', () => {
  const picture = draw('journeys', () => 1);
  assert.match(panelIn(picture, 'Hops of journey'), />retry<[^]*>forward</);
  assert.match(panelIn(picture, 'Logs of journey'), />hop finished</);
  assert.match(panelIn(picture, 'Trace 0af7'), />\u2003call infer<[^]*>20 ms</);
});

/** @param valueAt the value of every query at a second; undefined for no sample */
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
  const results = panelQueries(TO_S - FROM_S)
    .filter(({ dashboard }) => dashboard === name)
    .map((query, index): QueryResult => ({ name: query.panel, query, index, series }));
  const selected = selectJourney(TELEMETRY);
  return drawDashboard(readDashboard(name), {
    results,
    alerts: [],
    telemetry: TELEMETRY,
    selected,
    range: { fromS: FROM_S, toS: TO_S, stepS: 1 },
    variables: { ...selected },
  });
}

/** Panels are nested `<svg>` elements. */
function panelIn(picture: string, title: string): string {
  return picture.split('<svg ').find((panel) => panel.includes(`>${title}`)) ?? '';
}

const TELEMETRY: ExportedTelemetry = {
  spans: [
    span('1', undefined, 'process infer', 0, 30, { 'asya.outcome': 'retry' }),
    span('2', '1', 'call infer', 5, 25, {}),
    span('3', '1', 'process infer', 100, 130, { 'asya.outcome': 'forward', 'asya.attempt': 2 }),
    span('4', '3', 'process happy-end', 150, 151, {
      'asya.end': 'happy-end',
      'asya.journey.duration': 2,
    }),
  ],
  logs: [
    {
      timeMs: FROM_S * 1_000,
      severity: 'INFO',
      message: 'hop finished',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 's1',
      attributes: new Map([['asya.journey.id', JOURNEY]]),
    },
  ],
};

function span(
  spanId: string,
  parentSpanId: string | undefined,
  name: string,
  startMs: number,
  endMs: number,
  attributes: Readonly<Record<string, string | number>>,
): TracedSpan {
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId,
    parentSpanId,
    name,
    startMs: FROM_S * 1_000 + startMs,
    endMs: FROM_S * 1_000 + endMs,
    attributes: new Map([
      ...(name.startsWith('process') ? [['asya.journey.id', JOURNEY] as const] : []),
      ...Object.entries(attributes),
    ]),
    links: [],
    failed: false,
    message: undefined,
  };
}
