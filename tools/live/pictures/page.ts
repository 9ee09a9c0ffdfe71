import type { DashboardFile, PanelJson } from '../../../test/kit/dashboards/dashboardFile.ts';
import type { TimeSeries } from '../../../test/kit/telemetry/prometheusServer.ts';
import { namesOf, type Answer } from '../queryResults.ts';
import { drawAlerts } from './alertList.ts';
import { BORDER, FAINT, PAGE, PANEL, TEXT } from './colors.ts';
import { drawFlow } from './flow.ts';
import { drawGraph } from './graph.ts';
import { drawHeatmap } from './heatmap.ts';
import type { Area, FilledPanel, NamedSeries } from './panel.ts';
import { drawStat } from './stat.ts';
import { element, fitting, text, type Svg } from './svg.ts';
import { drawTable } from './table.ts';
import { drawTimeline } from './timeline.ts';

export interface Shown {
  /** Of this dashboard. */
  readonly answers: readonly Answer[];
  readonly alerts: readonly TimeSeries[];
  readonly fromS: number;
  readonly toS: number;
  /** The values of variables that stand in titles. */
  readonly chosen: Readonly<Record<string, string>>;
}

/** What Grafana takes on a screen of 1920 × 1080. */
const WIDTH = 1920;
const GAP = 8;
const COLUMN = (WIDTH - GAP) / 24;
const CELL = 38;
const HEAD = 56;
const TITLE = 32;

/** A whole dashboard as a picture. */
export function drawPage(dashboard: DashboardFile, shown: Shown): Svg {
  const height =
    HEAD + GAP + CELL * Math.max(...dashboard.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  const size = { width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}` };
  const font = { 'font-family': 'Inter, Helvetica, Arial, sans-serif' };
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', ...size, ...font },
    element('rect', { width: WIDTH, height, fill: PAGE }),
    text(16, 36, dashboard.title, { fill: TEXT, 'font-size': 20 }),
    text(WIDTH - 16, 36, NOTE, { fill: FAINT, 'font-size': 14, 'text-anchor': 'end' }),
    ...dashboard.panels.map((panel) => `\n${drawPanel(panel, shown)}`),
    '\n',
  );
}

const NOTE =
  'A rendering of what the queries answered in a test run, by npm run pictures: not Grafana itself';

function drawPanel(panel: PanelJson, shown: Shown): Svg {
  const { x, y, w, h } = panel.gridPos;
  const area = {
    x: x * COLUMN + GAP,
    y: y * CELL + HEAD,
    width: w * COLUMN - GAP,
    height: h * CELL - GAP,
  };
  const title = (panel.title ?? '').replaceAll(
    /\$(\w+)/g,
    (whole, name: string) => shown.chosen[name] ?? whole,
  );
  if (panel.type === 'row')
    return text(area.x + 8, area.y + 22, `⌄ ${title}`, { fill: TEXT, 'font-size': 16 });
  const frame = { ...area, fill: PANEL, stroke: BORDER, rx: 2 };
  const heading = { fill: TEXT, 'font-size': 14, 'font-weight': 600 };
  const inside = { ...area, y: area.y + TITLE, height: area.height - TITLE };
  return [
    element('rect', frame),
    text(area.x + 8, area.y + 21, fitting(title, area.width - 8, 14), heading),
    drawInside(panel, shown, inside),
  ].join('');
}

function drawInside(panel: PanelJson, shown: Shown, area: Area): Svg {
  if (panel.type === 'alertlist') return drawAlerts(shown.alerts, shown.toS, area);
  const answers = shown.answers.filter(({ query }) => query.panel === panel.title);
  const draw = DRAWINGS[panel.type];
  if (draw === undefined || answers.length === 0) return elsewhere(panel, area);
  return draw(
    { panel, series: answers.flatMap(seriesOf), fromS: shown.fromS, toS: shown.toS },
    area,
  );
}

const DRAWINGS: Readonly<Record<string, (filled: FilledPanel, area: Area) => Svg>> = {
  stat: drawStat,
  timeseries: drawGraph,
  heatmap: drawHeatmap,
  'state-timeline': drawTimeline,
  table: drawTable,
  nodeGraph: drawFlow,
};

function elsewhere({ datasource }: PanelJson, { x, y, width, height }: Area): Svg {
  const note = `from ${datasource?.type === 'loki' ? 'Loki' : 'Tempo'}, which this run does not have`;
  return text(x + width / 2, y + height / 2, note, {
    fill: FAINT,
    'font-size': 14,
    'text-anchor': 'middle',
  });
}

function seriesOf(answer: Answer): NamedSeries[] {
  const names = namesOf(answer);
  return answer.series.map((one, index) => ({
    ...one,
    name: names[index] ?? '',
    refId: answer.query.refId,
  }));
}
