import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphGradientMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  PanelBuilder as Heatmap,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as Timeseries } from '@grafana/grafana-foundation-sdk/timeseries';
import { latest } from './queries.ts';
import { draw, fixed, mappings, type Drawing, type Panel, type States } from './panel.ts';

const STAT_HEIGHT = 4;

export interface Figure extends Omit<Drawing, 'targets'> {
  readonly expr: string;
}

/**
 * One number, as it is at the end of the shown range. Without its course: of a range Grafana takes
 * the last value there was, and goes on to show it when the series is gone. It has a colour where
 * some values are bad.
 */
export function number(drawing: Figure): Panel {
  const { expr, ...rest } = drawing;
  return draw(new Stat(), {
    height: STAT_HEIGHT,
    noValue: 'nothing is scraped',
    ...rest,
    targets: [latest(expr)],
  })
    .colorMode(rest.limits === undefined ? BigValueColorMode.None : BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
}

/** The names of the series. */
export function names(drawing: Drawing): Panel {
  return draw(new Stat(), { height: STAT_HEIGHT, ...drawing })
    .colorMode(BigValueColorMode.None)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.Name)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
}

export interface Graph extends Drawing {
  /** Areas on top of each other. */
  readonly stacked?: boolean;
  /** The colours of series, by name. */
  readonly colors?: Readonly<Record<string, string>>;
  readonly max?: number;
}

export function graph(drawing: Graph): Panel {
  const { limits, stacked = false, colors = {}, max } = drawing;
  const panel = draw(new Timeseries(), drawing)
    .min(0)
    .lineWidth(1)
    .fillOpacity(stacked ? 40 : 10)
    .gradientMode(GraphGradientMode.None)
    .showPoints(VisibilityMode.Never)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .legend(tableLegend())
    .tooltip(
      new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending),
    );
  if (stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  if (max !== undefined) panel.max(max);
  if (limits !== undefined) panel.thresholdsStyle(dashed());
  for (const [name, color] of Object.entries(colors)) panel.overrideByName(name, [fixed(color)]);
  return panel;
}

/** How often each duration or size occurred, over time. */
export function heatmap(drawing: Drawing): Panel {
  const { unit } = drawing;
  const color = new HeatmapColorOptionsBuilder()
    .mode(HeatmapColorMode.Scheme)
    .scheme('Blues')
    .steps(64);
  return draw(new Heatmap(), drawing)
    .calculate(false)
    .color(color.fill('dark-blue'))
    .cellGap(1)
    .showValue(VisibilityMode.Never)
    .showLegend()
    .exemplarsColor('rgba(255,120,0,0.8)')
    .yAxis(new YAxisConfigBuilder().unit(unit));
}

export interface Timeline extends Drawing {
  readonly states: States;
}

/** Which state each series was in, over time. */
export function timeline(drawing: Timeline): Panel {
  return draw(new StateTimeline(), drawing)
    .mappings(mappings(drawing.states))
    .showValue(VisibilityMode.Never)
    .rowHeight(0.8)
    .mergeValues(true)
    .lineWidth(0)
    .fillOpacity(75)
    .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).showLegend(false));
}

function tableLegend(): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.Table)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs(['lastNotNull', 'max']);
}

function dashed(): GraphThresholdsStyleConfigBuilder {
  return new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);
}
