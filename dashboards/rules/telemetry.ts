import { alert, increased, type Group } from './rule.ts';

const BY = ['namespace', 'job', 'instance', 'error_type'];
const SIGNALS = [
  { signal: 'spans', counter: 'otel_sdk_processor_span_processed_total{error_type!=""}' },
  { signal: 'log records', counter: 'otel_sdk_processor_log_processed_total{error_type!=""}' },
] as const;

/** Alerts for incomplete traces and logs. */
export function telemetryGroup(): Group {
  return {
    name: 'asya-telemetry',
    rules: SIGNALS.map(({ signal, counter }) =>
      alert({
        name: 'AsyaTelemetryDropped',
        severity: 'ticket',
        expr: increased(BY, counter, '15m'),
        for: '5m',
        keepFiringFor: '15m',
        labels: { signal },
        summary: `{{ $labels.instance }} drops ${signal}: {{ $labels.error_type }}`,
        description: 'Traces or logs are incomplete. Hops are not affected.',
      }),
    ),
  };
}
