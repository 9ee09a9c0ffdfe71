import type { TimeSeries } from '../../test/kit/telemetry/prometheusServer.ts';
import { panelQueries, type PanelQuery } from './panelQueries.ts';
import type { Story } from './scenario.ts';

/** What Prometheus has said to a query of a panel. */
export interface Answer {
  /** Where the query stands, for a person. */
  readonly name: string;
  readonly query: PanelQuery;
  /** Which of its panel's queries it is. */
  readonly index: number;
  readonly series: readonly TimeSeries[];
}

/** Asks every query of every panel over the time of the story. @param stepS between two values */
export async function answersOf({ pipeline, fromS, toS }: Story, stepS = 1): Promise<Answer[]> {
  const panels = Map.groupBy(
    panelQueries(toS - fromS),
    ({ dashboard, panel }) => `${dashboard}: ${panel}`,
  );
  const asked = [...panels].flatMap(([name, queries]) =>
    queries.map(async (query, index) => ({
      name: `${name} ${query.refId}`,
      query,
      index,
      series: await pipeline.prometheus.range(query.expr, fromS, toS, stepS),
    })),
  );
  return Promise.all(asked);
}

export function valuesOf(series: readonly TimeSeries[]): number[] {
  return series.flatMap(({ points }) => points.map(([, value]) => value));
}

/** What the legend calls each series; Grafana puts nothing where a label is missing. */
export function namesOf({ query: { legend }, series }: Answer): string[] {
  if (legend === '__auto') return series.map(({ metric }) => JSON.stringify(metric));
  return series.map(({ metric }) =>
    legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
  );
}
