import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  FieldColorModeId,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type DynamicConfigValue,
  type Panel as BuiltPanel,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Link } from '../links.ts';
import type { Target } from './queries.ts';
import { dataSourceRef, type DataSourceType } from '../variables.ts';

export type Panel = Builder<BuiltPanel>;

/** Settings that every kind of panel has. */
export interface PanelOptions {
  readonly title: string;
  /** Explains what the panel shows, which values are bad, and how to react. */
  readonly description: string;
  /** The id of a Grafana unit. */
  readonly unit: string;
  /** Columns of the 24-column grid. */
  readonly width: number;
  /**
   * Grid rows of about 38 pixels.
   * @default 8
   */
  readonly height?: number;
  /** @default prometheus */
  readonly dataSource?: DataSourceType;
  readonly targets: readonly Target[];
  readonly thresholds?: Thresholds;
  readonly links?: readonly Link[];
  /** Text that replaces the value when a query returns no data. */
  readonly noValue?: string;
}

/** The lowest values that are drawn in orange (`warning`) and in red (`critical`). */
export interface Thresholds {
  readonly warning?: number;
  readonly critical?: number;
}

export const ANY_IS_CRITICAL: Thresholds = { critical: 1 };
/** The error budget of a 99.9 % objective, and ten times that budget. */
export const ERROR_BUDGET: Thresholds = { warning: 0.001, critical: 0.01 };

/** Text and colour of the values 0 and 1. */
export interface StateMapping {
  readonly zero: readonly [text: string, color: string];
  readonly one: readonly [text: string, color: string];
}

export const UP_OR_DOWN: StateMapping = { zero: ['down', 'red'], one: ['up', 'green'] };
export const NO_OR_YES: StateMapping = { zero: ['no', 'green'], one: ['yes', 'red'] };

/** Applies the common settings to a panel builder, and returns the builder. */
export function configure<P extends ConfigurablePanel>(panel: P, options: PanelOptions): P {
  const { title, description, unit, width, height = 8, targets } = options;
  const { dataSource = 'prometheus', thresholds = {}, links = [], noValue } = options;
  panel
    .title(title)
    .description(description)
    .datasource(dataSourceRef(dataSource))
    .unit(unit)
    .span(width)
    .height(height)
    .targets([...targets])
    .thresholds(thresholdSteps(thresholds));
  if (links.length > 0) panel.dataLinks(links.map(linkBuilder));
  return noValue === undefined ? panel : panel.noValue(noValue);
}

export function thresholdSteps({ warning, critical }: Thresholds): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([
      { value: null, color: 'green' },
      ...(warning === undefined ? [] : [{ value: warning, color: 'orange' }]),
      ...(critical === undefined ? [] : [{ value: critical, color: 'red' }]),
    ]);
}

export function valueMappings({ zero, one }: StateMapping): ValueMapping[] {
  const options = {
    0: { text: zero[0], color: zero[1], index: 0 },
    1: { text: one[0], color: one[1], index: 1 },
  };
  return [{ type: MappingType.ValueToText, options }];
}

export function fixedColor(color: string): DynamicConfigValue {
  return { id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: color } };
}

function linkBuilder({ title, url }: Link): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url);
}

/** The methods that every panel builder of the SDK has. */
interface ConfigurablePanel {
  title(title: string): this;
  description(description: string): this;
  datasource(source: ReturnType<typeof dataSourceRef>): this;
  unit(unit: string): this;
  span(width: number): this;
  height(height: number): this;
  targets(targets: Target[]): this;
  thresholds(config: ThresholdsConfigBuilder): this;
  dataLinks(links: DashboardLinkBuilder[]): this;
  noValue(text: string): this;
}
