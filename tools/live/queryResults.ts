import type { TimeSeries } from '../../test/kit/telemetry/prometheusServer.ts';
import { panelQueries, type PanelQuery } from './panelQueries.ts';
import type { ScenarioRun } from './scenario.ts';

/** The result of one query of a panel. */
export interface QueryResult {
  /** Dashboard, panel and query, for messages of tests. */
  readonly name: string;
  readonly query: PanelQuery;
  /** The position of the query in its panel. */
  readonly index: number;
  readonly series: readonly TimeSeries[];
}

/** Runs all queries of all panels over the time of the run. @param stepS the query resolution */
export async function queryPanels(
  { pipeline, fromS, toS }: ScenarioRun,
  stepS = 1,
): Promise<QueryResult[]> {
  const panels = Map.groupBy(
    panelQueries(toS - fromS),
    ({ dashboard, panel }) => `${dashboard}: ${panel}`,
  );
  const results = [...panels].flatMap(([name, queries]) =>
    queries.map(async (query, index) => ({
      name: `${name} ${query.refId}`,
      query,
      index,
      series: await pipeline.prometheus.range(query.expr, fromS, toS, stepS),
    })),
  );
  return Promise.all(results);
}

export function valuesOf(series: readonly TimeSeries[]): number[] {
  return series.flatMap(({ points }) => points.map(([, value]) => value));
}

/** The legend of each series. Like Grafana, replaces a missing label with an empty string. */
export function legendNames({ query: { legend }, series }: QueryResult): string[] {
  if (legend === '__auto') return series.map(({ metric }) => JSON.stringify(metric));
  return series.map(({ metric }) =>
    legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
  );
}
