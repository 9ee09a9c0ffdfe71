import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DataqueryBuilder as Loki } from '@grafana/grafana-foundation-sdk/loki';
import {
  DataqueryBuilder as Prometheus,
  PromQueryFormat,
} from '@grafana/grafana-foundation-sdk/prometheus';
// `QueryBuilder` writes schema v2, which Grafana 10 cannot read.
import { DataqueryBuilder as Tempo, SearchTableType } from '@grafana/grafana-foundation-sdk/tempo';
import { dataSourceRef } from '../variables.ts';

/** A query of a panel, which Grafana calls a target. */
export type Target = Builder<Dataquery>;

/** A range query: one line per series. */
export function rangeQuery(expr: string, legend = '__auto', refId?: string): Target {
  return range(expr, legend, refId);
}

/** A range query over a histogram, with exemplars that link to traces. */
export function exemplarQuery(expr: string, legend = '__auto', refId?: string): Target {
  return range(expr, legend, refId).exemplar(true);
}

/** The buckets of a histogram for a heatmap, with exemplars that link to traces. */
export function heatmapQuery(expr: string): Target {
  return range(expr, '{{le}}').format(PromQueryFormat.Heatmap).exemplar(true);
}

/** An instant query at the end of the selected time range. */
export function instantQuery(expr: string, legend = '__auto', refId?: string): Target {
  const query = new Prometheus()
    .datasource(dataSourceRef('prometheus'))
    .expr(expr)
    .legendFormat(legend)
    .instant();
  return refId === undefined ? query : query.refId(refId);
}

/** An instant query for a table: one row per series. */
export function tableQuery(refId: string, expr: string): Target {
  return new Prometheus()
    .datasource(dataSourceRef('prometheus'))
    .expr(expr)
    .format(PromQueryFormat.Table)
    .instant()
    .refId(refId);
}

/** A TraceQL search: one row per matching span. */
export function spanQuery(query: string, limit = 50): Target {
  return traceql(query).tableType(SearchTableType.Spans).limit(limit).spss(3);
}

/** All spans of the trace with this id. */
export function traceQuery(id: string): Target {
  return traceql(id);
}

/** A LogQL query for the 500 newest lines. */
export function logQuery(expr: string): Target {
  return new Loki().datasource(dataSourceRef('loki')).expr(expr).queryType('range').maxLines(500);
}

function range(expr: string, legend: string, refId?: string): Prometheus {
  const query = new Prometheus()
    .datasource(dataSourceRef('prometheus'))
    .expr(expr)
    .legendFormat(legend)
    .range();
  return refId === undefined ? query : query.refId(refId);
}

function traceql(query: string): Tempo {
  return new Tempo()
    .datasource(dataSourceRef('tempo'))
    .queryType('traceql')
    .query(query)
    .filters([]);
}
