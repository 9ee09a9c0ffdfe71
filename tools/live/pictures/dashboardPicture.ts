import type { EChartsOption } from 'echarts';
import type { DashboardFile, PanelJson } from '../../../test/kit/dashboards/dashboardFile.ts';
import type { TimeSeries } from '../../../test/kit/telemetry/prometheusServer.ts';
import type { ExportedTelemetry } from '../collector.ts';
import { legendNames, type QueryResult } from '../queryResults.ts';
import { heatmapChart, stateTimelineChart } from './cells.ts';
import { journeyPanelChart, type SelectedJourney } from './journeyPanels.ts';
import { nodeGraphChart } from './nodeGraph.ts';
import { colorOf, defaultsOf, lastValue, textOf } from './panelContent.ts';
import type { NamedSeries, PanelContent, TimeRange } from './panelContent.ts';
import { renderSvg, type Size, type Svg } from './renderSvg.ts';
import { actorTableChart, alertTableChart } from './seriesTables.ts';
import { FAINT, PAGE, TEXT } from './theme.ts';
import { timeSeriesChart } from './timeSeries.ts';

/** The data of one dashboard. */
export interface DashboardContent {
  readonly results: readonly QueryResult[];
  readonly alerts: readonly TimeSeries[];
  readonly telemetry: ExportedTelemetry;
  readonly selected: SelectedJourney | undefined;
  readonly range: TimeRange;
  /** The values of the variables that titles contain. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The grid of Grafana on a screen of 1920 × 1080. */
const WIDTH = 1920;
const GAP = 8;
const COLUMN = (WIDTH - GAP) / 24;
const CELL = 38;
const HEADER = 56;

const NOTE =
  'Rendered by “npm run pictures” from the query results of a test run; this is not a screenshot of Grafana';

/** Draws a dashboard with all its rows open. */
export function drawDashboard({ title, panels }: DashboardFile, content: DashboardContent): Svg {
  const shown = panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  const rows = Math.max(...shown.map(({ gridPos }) => gridPos.y + gridPos.h));
  const height = HEADER + GAP + CELL * rows;
  const header = { text: title, subtext: NOTE, top: 6, itemGap: 4, textStyle: { fontSize: 20 } };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">`,
    `<rect width="${WIDTH}" height="${height}" fill="${PAGE}"/>`,
    renderSvg({ backgroundColor: PAGE, title: header }, { width: WIDTH, height: HEADER }),
    ...shown.map((panel) => drawPanel(panel, content)),
    '</svg>\n',
  ].join('\n');
}

function drawPanel(panel: PanelJson, content: DashboardContent): Svg {
  const { x, y, w, h } = panel.gridPos;
  const size = { width: Math.floor(w * COLUMN - GAP), height: h * CELL - GAP };
  const position = `x="${Math.round(x * COLUMN + GAP)}" y="${y * CELL + HEADER}"`;
  return renderSvg(panelOption(panel, content, size), size).replace('<svg ', `<svg ${position} `);
}

function panelOption(panel: PanelJson, content: DashboardContent, size: Size): EChartsOption {
  const valueOf = (variable: string): string => content.variables[variable.slice(1)] ?? variable;
  const text = (panel.title ?? '').replaceAll(/\$\w+/g, valueOf);
  if (panel.type === 'row')
    return { backgroundColor: PAGE, title: { text, left: 0, textStyle: { fontSize: 16 } } };
  const { noValue = 'No data' } = defaultsOf(panel);
  const noData = { text: noValue, top: 50, textStyle: { color: FAINT } };
  const { title = [], ...chart } = chartOption(panel, content, size) ?? { title: noData };
  return { ...chart, title: [{ text }, title].flat() };
}

/** Undefined if the panel has no data. */
function chartOption(
  panel: PanelJson,
  { results, alerts, telemetry, selected, range }: DashboardContent,
  size: Size,
): EChartsOption | undefined {
  if (panel.type === 'alertlist') return alertTableChart(alerts, range, size);
  const own = results.filter(({ query }) => query.panel === panel.title);
  if (own.length === 0)
    return selected && journeyPanelChart(panel, telemetry, selected, range.fromS, size);
  const series = own.flatMap(namedSeries);
  return series.length === 0 ? undefined : CHARTS[panel.type]?.({ panel, series, range }, size);
}

type Chart = (content: PanelContent, size: Size) => EChartsOption | undefined;

const CHARTS: Readonly<Record<string, Chart>> = {
  stat: statChart,
  timeseries: timeSeriesChart,
  heatmap: heatmapChart,
  'state-timeline': stateTimelineChart,
  table: actorTableChart,
  nodeGraph: nodeGraphChart,
};

/** The value at the end of the time range, or the names of the series, below the title. */
function statChart({ panel, series, range }: PanelContent): EChartsOption | undefined {
  const current = series.filter((one) => lastValue(one, range) !== undefined);
  const value = current[0] && lastValue(current[0], range);
  if (value === undefined) return undefined;
  const { textMode, colorMode } = panel.options ?? {};
  const field = defaultsOf(panel);
  const isName = textMode === 'name';
  const text = isName ? current.map(({ name }) => name).join(', ') : textOf(value, field);
  const color = isName || colorMode === 'none' ? TEXT : colorOf(value, field);
  return { title: { text, top: 50, textStyle: { color, fontSize: 36 } } };
}

function namedSeries(result: QueryResult): NamedSeries[] {
  const names = legendNames(result);
  const { refId } = result.query;
  return result.series.map((one, index) => ({ ...one, refId, name: names[index] ?? '' }));
}
