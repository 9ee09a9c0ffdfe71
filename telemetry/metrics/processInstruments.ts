import { gauge, observedCounter, prometheusMetric } from './definition.ts';

/**
 * Metrics of the process, with the names of Prometheus's client libraries. They also have the label
 * `actor`.
 * https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
 */
export const PROCESS_INSTRUMENTS = {
  processMemory: prometheusMetric(
    gauge({
      name: 'process_resident_memory_bytes',
      unit: 'By',
      help: 'Resident memory size',
      labels: {},
    }),
  ),
  processCpu: prometheusMetric(
    observedCounter({
      name: 'process_cpu_seconds_total',
      unit: 's',
      help: 'Total user and system CPU time',
      labels: {},
    }),
  ),
  processStartTime: prometheusMetric(
    gauge({
      name: 'process_start_time_seconds',
      unit: 's',
      help: 'Start time of the process since the Unix epoch',
      labels: {},
    }),
  ),
};
