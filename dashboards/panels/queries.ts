import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DataqueryBuilder as Loki } from '@grafana/grafana-foundation-sdk/loki';
import {
  DataqueryBuilder as Prometheus,
  PromQueryFormat,
} from '@grafana/grafana-foundation-sdk/prometheus';
// Not `QueryBuilder`: that one writes the shape of schema v2, which Grafana 10 cannot read.
import { DataqueryBuilder as Tempo, SearchTableType } from '@grafana/grafana-foundation-sdk/tempo';
import { chosen } from '../variables.ts';

/** A query of a panel. */
export type Target = Builder<Dataquery>;

/** A graph's query. */
export function series(expr: string, legend = '__auto', refId?: string): Target {
  return range(expr, legend, refId);
}

/** A graph's query over a histogram, whose points lead to traces. */
export function withExemplars(expr: string, legend = '__auto', refId?: string): Target {
  return range(expr, legend, refId).exemplar(true);
}

/** The buckets of a histogram, for a heat map whose points lead to traces. */
export function heat(expr: string): Target {
  return range(expr, '{{le}}').format(PromQueryFormat.Heatmap).exemplar(true);
}

/** The value at the end of the shown range. */
export function latest(expr: string, legend = '__auto', refId?: string): Target {
  const query = new Prometheus()
    .datasource(chosen('prometheus'))
    .expr(expr)
    .legendFormat(legend)
    .instant();
  return refId === undefined ? query : query.refId(refId);
}

/** One row for each series. */
export function rows(refId: string, expr: string): Target {
  return new Prometheus()
    .datasource(chosen('prometheus'))
    .expr(expr)
    .format(PromQueryFormat.Table)
    .instant()
    .refId(refId);
}

/** One row for each span that a TraceQL query finds. */
export function spans(query: string, limit = 50): Target {
  return traceql(query).tableType(SearchTableType.Spans).limit(limit).spss(3);
}

/** The whole trace with this id. */
export function trace(id: string): Target {
  return traceql(id);
}

export function logLines(expr: string): Target {
  return new Loki().datasource(chosen('loki')).expr(expr).queryType('range').maxLines(500);
}

function range(expr: string, legend: string, refId?: string): Prometheus {
  const query = new Prometheus()
    .datasource(chosen('prometheus'))
    .expr(expr)
    .legendFormat(legend)
    .range();
  return refId === undefined ? query : query.refId(refId);
}

function traceql(query: string): Tempo {
  return new Tempo().datasource(chosen('tempo')).queryType('traceql').query(query).filters([]);
}
