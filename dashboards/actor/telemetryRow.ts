import type { Row } from '../dashboard.ts';
import { graph, number } from '../panels/charts.ts';
import { maxBy, sumBy, type Promql } from '../promql.ts';
import { series } from '../panels/queries.ts';

const BY = ['instance'];
const SILENT = 'nothing is exported: no OTLP endpoint is set';

/** @param process a scope without the actor, which the SDK's own series do not have */
export function telemetry(q: Promql, process: Promql): Row {
  const ofActor = (expr: string): string => `${expr} and on (instance) ${q.select('buildInfo')}`;
  const spans = process.foreignRate('otel_sdk_processor_span_processed_total', 'error_type!=""');
  const logs = process.foreignRate('otel_sdk_processor_log_processed_total', 'error_type!=""');
  return {
    title: 'Can these pictures be trusted?',
    panels: [
      number({
        title: 'Last scrape was',
        description:
          'Seconds since the newest sample of any replica. Over a minute: Prometheus does not reach /metrics, and every panel here shows the past.',
        unit: 's',
        width: 4,
        height: 7,
        limits: { look: 60, bad: 300 },
        expr: `time() - max(timestamp(${q.select('buildInfo')}))`,
      }),
      number({
        title: 'Replicas scraped',
        description:
          'How many processes of this actor Prometheus hears of. Fewer than are running: check the scrape configuration.',
        unit: 'short',
        width: 4,
        height: 7,
        expr: sumBy([], q.select('buildInfo')),
      }),
      graph({
        title: 'Telemetry dropped, by reason',
        description:
          'Spans, log records and log lines that were never sent or written. queue_full: more than the exporter can take away; other reasons are failed exports: look at the collector. Log lines are dropped when their reader stalls or the disk is full. Hops are not affected.',
        unit: 'ops',
        width: 8,
        height: 7,
        limits: { bad: 0.001 },
        noValue: SILENT,
        targets: [
          series(
            ofActor(sumBy([...BY, 'error_type'], spans)),
            '{{instance}} spans: {{error_type}}',
            'A',
          ),
          series(
            ofActor(sumBy([...BY, 'error_type'], logs)),
            '{{instance}} logs: {{error_type}}',
            'B',
          ),
          series(sumBy(BY, q.rate('logLinesDropped')), '{{instance}} lines of the log', 'C'),
        ],
      }),
      graph({
        title: 'Telemetry waiting to be sent',
        description:
          'Spans and log records in the queue, and how many fit. Near the limit they are dropped next: the collector is slow or away.',
        unit: 'short',
        width: 8,
        height: 7,
        noValue: SILENT,
        targets: [
          series(
            ofActor(maxBy(BY, process.foreign('otel_sdk_processor_span_queue_size'))),
            '{{instance}} spans',
            'A',
          ),
          series(
            ofActor(maxBy(BY, process.foreign('otel_sdk_processor_span_queue_capacity'))),
            '{{instance}} room for spans',
            'B',
          ),
          series(
            ofActor(maxBy(BY, process.foreign('otel_sdk_processor_log_queue_size'))),
            '{{instance}} log records',
            'C',
          ),
        ],
      }),
    ],
  };
}
