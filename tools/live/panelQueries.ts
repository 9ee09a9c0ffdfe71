import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import {
  DASHBOARDS,
  panelsOf,
  readDashboard,
  type DashboardName,
  type TargetJson,
} from '../../test/kit/dashboards/dashboardFile.ts';

/** A Prometheus query of a panel, with its variables replaced as Grafana would do. */
export interface PanelQuery {
  readonly dashboard: DashboardName;
  readonly panel: string;
  /** The type of the panel, such as `timeseries`. */
  readonly type: string;
  readonly refId: string;
  /** The template of series names, with labels in double braces. */
  readonly legend: string;
  readonly expr: string;
}

/** The selected actors and the selected quantile. */
export const SELECTED_ACTOR: Readonly<Record<DashboardName, string>> = {
  fleet: '.+',
  actor: 'infer',
  journeys: '.+',
};
export const SELECTED_QUANTILE = '0.95';

/** The panels for which the only actor with batches is selected. */
const BATCH_PANELS: ReadonlySet<string> = new Set([
  'Envelopes per call',
  'Wait for a batch',
  'Batches that failed as a whole',
]);
const BATCH_ACTOR = 'prep';

/** Grafana uses at least four scrape intervals. Ten tolerate late scrapes on a busy machine. */
const RATE_INTERVAL = '10s';

export function panelQueries(rangeS: number): PanelQuery[] {
  return DASHBOARDS.flatMap((dashboard) =>
    panelsOf(readDashboard(dashboard)).flatMap(({ title = '', type, targets = [] }) =>
      targets.filter(isPromql).map(({ refId = 'A', expr = '', legendFormat = '' }) => ({
        dashboard,
        panel: title,
        type,
        refId,
        legend: legendFormat,
        expr: withVariables(expr, actorOf(dashboard, title), rangeS),
      })),
    ),
  );
}

/** The panels without a Prometheus query, as `dashboard: title`. */
export function panelsWithoutPromql(): string[] {
  return DASHBOARDS.flatMap((dashboard) =>
    panelsOf(readDashboard(dashboard))
      .filter(({ targets = [] }) => !targets.some(isPromql))
      .map(({ title }) => `${dashboard}: ${title}`),
  );
}

/** The query that lists the options of a variable: the values of a label. */
export interface VariableQuery {
  readonly name: string;
  readonly series: string;
  readonly label: string;
}

export function variableQueries(): VariableQuery[] {
  return DASHBOARDS.flatMap((dashboard) =>
    readDashboard(dashboard).templating.list.flatMap(({ name, query = '' }) => {
      const [, series, label] = query.match(/^label_values\((.+), (\w+)\)$/) ?? [];
      if (series === undefined || label === undefined) return [];
      return [{ name, series: withVariables(series, SELECTED_ACTOR[dashboard], 0), label }];
    }),
  );
}

export function annotationQueries(): string[] {
  return DASHBOARDS.flatMap((dashboard) =>
    (readDashboard(dashboard).annotations?.list ?? []).map(({ expr }) =>
      withVariables(expr, SELECTED_ACTOR[dashboard], 0),
    ),
  );
}

function isPromql({ datasource }: TargetJson): boolean {
  return datasource.type === 'prometheus';
}

function actorOf(dashboard: DashboardName, panel: string): string {
  return BATCH_PANELS.has(panel) ? BATCH_ACTOR : SELECTED_ACTOR[dashboard];
}

function withVariables(expr: string, actor: string, rangeS: number): string {
  const values: Readonly<Record<string, string>> = {
    job: '.+',
    instance: '.+',
    namespace: '.*',
    actor,
    quantile: SELECTED_QUANTILE,
    __rate_interval: RATE_INTERVAL,
    __range: `${Math.ceil(rangeS)}s`,
  };
  return expr.replaceAll(/\$(\w+)/g, (variable, name: string) => values[name] ?? variable);
}

interface RuleEntry {
  readonly record?: string;
  readonly alert?: string;
}

interface RulesFile {
  readonly groups: readonly { readonly rules: readonly RuleEntry[] }[];
}

export function readRules(): RuleEntry[] {
  const file = new URL('../../dashboards/prometheus/rules.yaml', import.meta.url);
  return (parse(readFileSync(file, 'utf8')) as RulesFile).groups.flatMap(({ rules }) => rules);
}
