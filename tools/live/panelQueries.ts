import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import {
  DASHBOARDS,
  panelsOf,
  readDashboard,
  type DashboardName,
  type TargetJson,
} from '../../test/kit/dashboards/dashboardFile.ts';

/** One Prometheus query of a panel, as Grafana would send it. */
export interface PanelQuery {
  readonly dashboard: DashboardName;
  readonly panel: string;
  /** What draws it: `timeseries`, `stat` … */
  readonly type: string;
  readonly refId: string;
  /** What a series is called, with its labels in double braces. */
  readonly legend: string;
  readonly expr: string;
}

/** What a person has chosen at the top of the dashboards. */
export const CHOSEN: Readonly<Record<DashboardName, string>> = {
  fleet: '.+',
  actor: 'infer',
  journeys: '.+',
};
export const CHOSEN_QUANTILE = '0.95';

/**
 * More than four times the scrape interval, which is Grafana's least: a scrape may be late on a
 * busy machine.
 */
const RATE_INTERVAL = '10s';

export function panelQueries(rangeS: number): PanelQuery[] {
  return DASHBOARDS.flatMap((dashboard) =>
    panelsOf(readDashboard(dashboard)).flatMap(({ title = '', type, targets = [] }) =>
      targets.filter(isOfPrometheus).map(({ refId = 'A', expr = '', legendFormat = '' }) => ({
        dashboard,
        panel: title,
        type,
        refId,
        legend: legendFormat,
        expr: filledIn(expr, dashboard, rangeS),
      })),
    ),
  );
}

/** The panels that ask others, as `dashboard: title`. */
export function otherPanels(): string[] {
  return DASHBOARDS.flatMap((dashboard) =>
    panelsOf(readDashboard(dashboard))
      .filter(({ targets = [] }) => !targets.some(isOfPrometheus))
      .map(({ title }) => `${dashboard}: ${title}`),
  );
}

/** What stands behind a variable from which a person chooses: the values of a label. */
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
      return [{ name, series: filledIn(series, dashboard, 0), label }];
    }),
  );
}

export function annotationQueries(): string[] {
  return DASHBOARDS.flatMap((dashboard) =>
    (readDashboard(dashboard).annotations?.list ?? []).map(({ expr }) =>
      filledIn(expr, dashboard, 0),
    ),
  );
}

function isOfPrometheus({ datasource }: TargetJson): boolean {
  return datasource.type === 'prometheus';
}

function filledIn(expr: string, dashboard: DashboardName, rangeS: number): string {
  const values: Readonly<Record<string, string>> = {
    job: '.+',
    instance: '.+',
    namespace: '.*',
    actor: CHOSEN[dashboard],
    quantile: CHOSEN_QUANTILE,
    __rate_interval: RATE_INTERVAL,
    __range: `${Math.ceil(rangeS)}s`,
  };
  return expr.replaceAll(/\$(\w+)/g, (whole, name: string) => values[name] ?? whole);
}

interface CommittedRule {
  readonly record?: string;
  readonly alert?: string;
}

interface RulesFile {
  readonly groups: readonly { readonly rules: readonly CommittedRule[] }[];
}

export function committedRules(): CommittedRule[] {
  const file = new URL('../../dashboards/prometheus/rules.yaml', import.meta.url);
  return (parse(readFileSync(file, 'utf8')) as RulesFile).groups.flatMap(({ rules }) => rules);
}
