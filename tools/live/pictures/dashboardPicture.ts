import type { EChartsOption } from 'echarts';
import type { DashboardFile, PanelJson } from '../../../test/kit/dashboards/dashboardFile.ts';
import type { TimeSeries } from '../../../test/kit/telemetry/prometheusServer.ts';
import type { ExportedTelemetry } from '../collector.ts';
import { legendNames, type QueryResult } from '../queryResults.ts';
import { alertTableChart } from './alertTable.ts';
import { heatmapChart } from './heatmap.ts';
import { journeyPanelChart, type SelectedJourney } from './journeyPanels.ts';
import { nodeGraphChart } from './nodeGraph.ts';
import { defaultsOf, type NamedSeries, type PanelContent } from './panelContent.ts';
import { renderSvg, type Size, type Svg } from './renderSvg.ts';
import { seriesTableChart } from './seriesTable.ts';
import { statChart } from './stat.ts';
import { stateTimelineChart } from './stateTimeline.ts';
import { FAINT, PAGE, PANEL, TEXT } from './theme.ts';
import { timeSeriesChart } from './timeSeries.ts';

/** The data of one dashboard. */
export interface DashboardContent {
  readonly results: readonly QueryResult[];
  readonly alerts: readonly TimeSeries[];
  readonly telemetry: ExportedTelemetry;
  readonly selected: SelectedJourney | undefined;
  readonly fromS: number;
  readonly toS: number;
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
export function drawDashboard(dashboard: DashboardFile, content: DashboardContent): Svg {
  const panels = dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  const height =
    HEADER + GAP + CELL * Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  const header = renderSvg(headerOption(dashboard.title), { width: WIDTH, height: HEADER });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">`,
    `<rect width="${WIDTH}" height="${height}" fill="${PAGE}"/>`,
    header,
    ...panels.map((panel) => drawPanel(panel, content)),
    '</svg>\n',
  ].join('\n');
}

function headerOption(title: string): EChartsOption {
  const common = { top: 20, textStyle: { color: TEXT, fontSize: 20 } } as const;
  return {
    title: [
      { ...common, text: title, left: 12 },
      {
        ...common,
        text: NOTE,
        right: 12,
        textStyle: { color: FAINT, fontSize: 13, fontWeight: 'normal' },
      },
    ],
  };
}

function drawPanel(panel: PanelJson, content: DashboardContent): Svg {
  const { x, y, w, h } = panel.gridPos;
  const size = { width: Math.floor(w * COLUMN - GAP), height: h * CELL - GAP };
  const position = `x="${Math.round(x * COLUMN + GAP)}" y="${y * CELL + HEADER}"`;
  const svg = renderSvg(panelOption(panel, content, size), size);
  return svg.replace('<svg ', `<svg ${position} `);
}

function panelOption(panel: PanelJson, content: DashboardContent, size: Size): EChartsOption {
  const text = (panel.title ?? '').replaceAll(
    /\$(\w+)/g,
    (variable, name: string) => content.variables[name] ?? variable,
  );
  if (panel.type === 'row')
    return {
      title: { text, left: 0, top: 9, padding: 0, textStyle: { color: TEXT, fontSize: 16 } },
    };
  return {
    backgroundColor: PANEL,
    ...(chartOption(panel, content, size) ?? noDataOption(panel)),
    title: {
      text,
      left: 8,
      top: 9,
      padding: 0,
      textStyle: { color: TEXT, fontSize: 14, width: size.width - 16, overflow: 'truncate' },
    },
  };
}

/** Undefined if the panel has no data. */
function chartOption(
  panel: PanelJson,
  { results, alerts, telemetry, selected, fromS, toS }: DashboardContent,
  size: Size,
): EChartsOption | undefined {
  if (panel.type === 'alertlist') return alertTableChart(alerts, toS, size);
  const own = results.filter(({ query }) => query.panel === panel.title);
  if (own.length === 0)
    return selected && journeyPanelChart(panel, telemetry, selected, fromS, size);
  const series = own.flatMap(namedSeries);
  if (series.length === 0) return undefined;
  return CHARTS[panel.type]?.({ panel, series, fromS, toS }, size);
}

type Chart = (content: PanelContent, size: Size) => EChartsOption | undefined;

const CHARTS: Readonly<Record<string, Chart>> = {
  stat: statChart,
  timeseries: timeSeriesChart,
  heatmap: heatmapChart,
  'state-timeline': stateTimelineChart,
  table: seriesTableChart,
  nodeGraph: nodeGraphChart,
};

function noDataOption(panel: PanelJson): EChartsOption {
  const { noValue = 'No data' } = defaultsOf(panel);
  return {
    graphic: [
      {
        type: 'text',
        left: 'center',
        top: 'middle',
        style: { text: noValue, fill: FAINT, fontSize: 14 },
      },
    ],
  };
}

function namedSeries(result: QueryResult): NamedSeries[] {
  const names = legendNames(result);
  return result.series.map((one, index) => ({
    ...one,
    name: names[index] ?? '',
    refId: result.query.refId,
  }));
}
