import type { Row } from '../dashboard.ts';
import { timeSeries, stat } from '../panels/charts.ts';
import { maxBy, sumBy, type Promql } from '../promql.ts';
import { rangeQuery } from '../panels/queries.ts';

const BY = ['instance'];
const NOT_EXPORTED = 'no export: the OTLP endpoint is not set';

/**
 * Freshness and completeness of the telemetry itself.
 * @param process queries without an actor matcher, because the series of the SDK have no such label
 */
export function telemetryRow(q: Promql, process: Promql): Row {
  const ofActor = (expr: string): string => `${expr} and on (instance) ${q.select('buildInfo')}`;
  const spans = process.rateByName('otel_sdk_processor_span_processed_total', 'error_type!=""');
  const logs = process.rateByName('otel_sdk_processor_log_processed_total', 'error_type!=""');
  return {
    title: 'Telemetry health',
    panels: [
      stat({
        title: 'Time since last scrape',
        description:
          'Age of the newest sample of any replica. Above one minute, Prometheus cannot scrape /metrics and all panels show old data.',
        unit: 's',
        width: 4,
        height: 7,
        thresholds: { warning: 60, critical: 300 },
        expr: `time() - max(timestamp(${q.select('buildInfo')}))`,
      }),
      stat({
        title: 'Scraped replicas',
        description:
          'Number of processes of this actor that Prometheus scrapes. If fewer are scraped than run, check the scrape configuration.',
        unit: 'short',
        width: 4,
        height: 7,
        expr: sumBy([], q.select('buildInfo')),
      }),
      timeSeries({
        title: 'Dropped telemetry by reason',
        description:
          'Spans, log records and log lines that were dropped. queue_full: telemetry is produced faster than it is exported. Other reasons are failed exports: check the collector. Log lines are dropped when their reader stalls or the disk is full. Hops are not affected.',
        unit: 'ops',
        width: 8,
        height: 7,
        thresholds: { critical: 0.001 },
        noValue: NOT_EXPORTED,
        targets: [
          rangeQuery(
            ofActor(sumBy([...BY, 'error_type'], spans)),
            '{{instance}} spans: {{error_type}}',
            'A',
          ),
          rangeQuery(
            ofActor(sumBy([...BY, 'error_type'], logs)),
            '{{instance}} logs: {{error_type}}',
            'B',
          ),
          rangeQuery(sumBy(BY, q.rate('logLinesDropped')), '{{instance}} log lines', 'C'),
        ],
      }),
      timeSeries({
        title: 'Telemetry export queue',
        description:
          'Queued spans and log records, and the capacity of the span queue. When the queue is full, telemetry is dropped: the collector is slow or unreachable.',
        unit: 'short',
        width: 8,
        height: 7,
        noValue: NOT_EXPORTED,
        targets: [
          rangeQuery(
            ofActor(maxBy(BY, process.selectByName('otel_sdk_processor_span_queue_size'))),
            '{{instance}} spans',
            'A',
          ),
          rangeQuery(
            ofActor(maxBy(BY, process.selectByName('otel_sdk_processor_span_queue_capacity'))),
            '{{instance}} span capacity',
            'B',
          ),
          rangeQuery(
            ofActor(maxBy(BY, process.selectByName('otel_sdk_processor_log_queue_size'))),
            '{{instance}} log records',
            'C',
          ),
        ],
      }),
    ],
  };
}
