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
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
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
import { instantQuery } from './queries.ts';
import {
  configure,
  fixedColor,
  valueMappings,
  type PanelOptions,
  type Panel,
  type StateMapping,
} from './panel.ts';

const STAT_HEIGHT = 4;

export interface StatOptions extends Omit<PanelOptions, 'targets'> {
  readonly expr: string;
}

/**
 * A single number: the value at the end of the time range. The number is coloured when the panel
 * has thresholds. The query is instant, because Grafana would show the last sample of a range query
 * even after the series has ended.
 */
export function stat({ expr, ...options }: StatOptions): Panel {
  return configure(new Stat(), {
    height: STAT_HEIGHT,
    noValue: 'no data: check the scrape',
    ...options,
    targets: [instantQuery(expr)],
  })
    .colorMode(options.thresholds === undefined ? BigValueColorMode.None : BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
}

/** Shows the names of the series instead of their values. */
export function nameStat(options: PanelOptions): Panel {
  return configure(new Stat(), { height: STAT_HEIGHT, ...options })
    .colorMode(BigValueColorMode.None)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.Name)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
}

export interface TimeSeriesOptions extends PanelOptions {
  /** Stacks the series as areas. */
  readonly stacked?: boolean;
  /**
   * A logarithmic axis suits durations, which differ by orders of magnitude; it has no zero.
   * @default linear
   */
  readonly scale?: 'linear' | 'logarithmic';
  /** Fixed colours, by series name. */
  readonly colors?: Readonly<Record<string, string>>;
  readonly max?: number;
}

/** Lines, or stacked areas, over time. */
export function timeSeries(options: TimeSeriesOptions): Panel {
  const { thresholds, stacked = false, scale = 'linear', colors = {}, max } = options;
  const panel = configure(new Timeseries(), options)
    .lineWidth(1)
    .fillOpacity(stacked ? 40 : 10)
    .gradientMode(GraphGradientMode.None)
    .showPoints(VisibilityMode.Never)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .legend(tableLegend())
    .tooltip(
      new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending),
    );
  if (scale === 'logarithmic') panel.scaleDistribution(powersOfTen());
  else panel.min(0);
  if (stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  if (max !== undefined) panel.max(max);
  if (thresholds !== undefined) panel.thresholdsStyle(dashed());
  for (const [name, color] of Object.entries(colors))
    panel.overrideByName(name, [fixedColor(color)]);
  return panel;
}

/** The distribution of durations or sizes over time, from the buckets of a histogram. */
export function heatmap(options: PanelOptions): Panel {
  const color = new HeatmapColorOptionsBuilder()
    .mode(HeatmapColorMode.Scheme)
    .scheme('Blues')
    .steps(64);
  return configure(new Heatmap(), options)
    .calculate(false)
    .color(color.fill('dark-blue'))
    .cellGap(1)
    .showValue(VisibilityMode.Never)
    .showLegend()
    .exemplarsColor('rgba(255,120,0,0.8)')
    .yAxis(new YAxisConfigBuilder().unit(options.unit));
}

export interface StateTimelineOptions extends PanelOptions {
  readonly states: StateMapping;
}

/** The state of each series over time. */
export function stateTimeline(options: StateTimelineOptions): Panel {
  return configure(new StateTimeline(), options)
    .mappings(valueMappings(options.states))
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

function powersOfTen(): ScaleDistributionConfigBuilder {
  return new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(10);
}

function dashed(): GraphThresholdsStyleConfigBuilder {
  return new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);
}
