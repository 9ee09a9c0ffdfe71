import { readFileSync } from 'node:fs';

/** The parts of a dashboard file that the tests use. */
export interface DashboardFile {
  title: string;
  uid: string;
  editable: boolean;
  panels: PanelJson[];
  templating: { list: VariableJson[] };
  annotations: { list: { name: string; expr: string }[] };
}

export interface PanelJson {
  id: number;
  type: string;
  title?: string;
  description?: string;
  datasource?: DataSourceJson;
  targets?: TargetJson[];
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig?: { defaults: FieldJson; overrides: OverrideJson[] };
  options?: {
    textMode?: string;
    colorMode?: string;
    sortBy?: { displayName: string; desc?: boolean }[];
  };
  transformations?: { id: string; options: { renameByName?: Record<string, string> } }[];
  /** The panels of a collapsed row. */
  panels?: PanelJson[];
}

export interface FieldJson {
  unit?: string;
  links?: LinkJson[];
  thresholds?: { steps: ThresholdJson[] };
  mappings?: MappingJson[];
  max?: number;
  noValue?: string;
  custom?: {
    stacking?: { mode: string };
    thresholdsStyle?: { mode: string };
    scaleDistribution?: { type: string };
  };
}

export interface ThresholdJson {
  /** The lower bound; null for the first step. */
  value: number | null;
  color: string;
}

export interface MappingJson {
  options: Record<string, { text: string; color: string }>;
}

export interface OverrideJson {
  matcher: { id: string; options: string };
  properties: { id: string; value: unknown }[];
}

export interface LinkJson {
  title: string;
  url: string;
}

export interface TargetJson {
  refId?: string;
  datasource: DataSourceJson;
  /** PromQL or LogQL. */
  expr?: string;
  /** TraceQL. */
  query?: string;
  instant?: boolean;
  format?: string;
  legendFormat?: string;
}

export interface DataSourceJson {
  type: string;
  uid: string;
}

export interface VariableJson {
  type: string;
  name: string;
  label?: string;
  query?: string;
  datasource?: DataSourceJson;
  multi?: boolean;
  allValue?: string;
  refresh?: number;
  current?: { value: string };
}

export const DASHBOARDS = ['fleet', 'actor', 'journeys'] as const;
export type DashboardName = (typeof DASHBOARDS)[number];

export function readDashboard(name: DashboardName): DashboardFile {
  const file = new URL(`../../../dashboards/grafana/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as DashboardFile;
}

/** All panels except rows, including those in collapsed rows. */
export function panelsOf({ panels }: Pick<DashboardFile, 'panels'>): PanelJson[] {
  return panels.flatMap((panel) => (panel.type === 'row' ? (panel.panels ?? []) : [panel]));
}

/** The initial values of the variables. */
export function defaultsOf({
  templating,
}: Pick<DashboardFile, 'templating'>): Record<string, string> {
  return Object.fromEntries(
    templating.list.map(({ name, current }) => [name, current?.value ?? name]),
  );
}
