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
  type Threshold,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Link } from '../links.ts';
import type { Target } from './queries.ts';
import { chosen, type Engine } from '../variables.ts';

export type Panel = Builder<BuiltPanel>;

/** What every panel has. */
export interface Drawing {
  /** What the panel answers. */
  readonly title: string;
  /** What it shows, what is bad, and what to do then. */
  readonly description: string;
  /** One of Grafana's own. */
  readonly unit: string;
  /** Of 24. */
  readonly width: number;
  /**
   * In rows of about 38 pixels.
   * @default 8
   */
  readonly height?: number;
  /** @default prometheus */
  readonly from?: Engine;
  readonly targets: readonly Target[];
  readonly limits?: Limits;
  readonly links?: readonly Link[];
  /** What stands there when there is no data. */
  readonly noValue?: string;
}

/** From which value on something is worth a look, and from which it is bad. */
export interface Limits {
  readonly look?: number;
  readonly bad?: number;
  /**
   * The small values are the bad ones: bad is what is below `bad`, worth a look what is below
   * `look`.
   */
  readonly low?: true;
}

/** Any event at all is bad. */
export const NONE_ALLOWED: Limits = { bad: 1 };
/** An error budget of 99.9 %: what it allows, and ten times that. */
export const OF_BUDGET: Limits = { look: 0.001, bad: 0.01 };

/** What 0 and 1 mean, each with a colour. */
export interface States {
  readonly zero: readonly [text: string, color: string];
  readonly one: readonly [text: string, color: string];
}

export const UP: States = { zero: ['down', 'red'], one: ['up', 'green'] };
export const WRONG: States = { zero: ['no', 'green'], one: ['yes', 'red'] };

/** Puts on a panel what every panel has. */
export function draw<P extends Drawable>(panel: P, drawing: Drawing): P {
  const { title, description, unit, width, height = 8, from = 'prometheus', targets } = drawing;
  const { limits = {}, links = [], noValue } = drawing;
  panel
    .title(title)
    .description(description)
    .datasource(chosen(from))
    .unit(unit)
    .span(width)
    .height(height)
    .targets([...targets])
    .thresholds(thresholds(limits));
  if (links.length > 0) panel.dataLinks(links.map(linkBuilder));
  return noValue === undefined ? panel : panel.noValue(noValue);
}

export function thresholds({ look, bad, low }: Limits): ThresholdsConfigBuilder {
  const steps = low === true ? fallingSteps(look, bad) : risingSteps(look, bad);
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

function risingSteps(look: number | undefined, bad: number | undefined): Threshold[] {
  return [
    { value: null, color: 'green' },
    ...(look === undefined ? [] : [{ value: look, color: 'orange' }]),
    ...(bad === undefined ? [] : [{ value: bad, color: 'red' }]),
  ];
}

function fallingSteps(look: number | undefined, bad: number | undefined): Threshold[] {
  return [
    { value: null, color: bad === undefined ? 'orange' : 'red' },
    ...(bad === undefined ? [] : [{ value: bad, color: look === undefined ? 'green' : 'orange' }]),
    ...(look === undefined ? [] : [{ value: look, color: 'green' }]),
  ];
}

export function mappings({ zero, one }: States): ValueMapping[] {
  const options = {
    0: { text: zero[0], color: zero[1], index: 0 },
    1: { text: one[0], color: one[1], index: 1 },
  };
  return [{ type: MappingType.ValueToText, options }];
}

export function fixed(color: string): DynamicConfigValue {
  return { id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: color } };
}

function linkBuilder({ title, url }: Link): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url);
}

/** What every builder of a panel can do. */
interface Drawable {
  title(title: string): this;
  description(description: string): this;
  datasource(source: ReturnType<typeof chosen>): this;
  unit(unit: string): this;
  span(width: number): this;
  height(height: number): this;
  targets(targets: Target[]): this;
  thresholds(config: ThresholdsConfigBuilder): this;
  dataLinks(links: DashboardLinkBuilder[]): this;
  noValue(text: string): this;
}
