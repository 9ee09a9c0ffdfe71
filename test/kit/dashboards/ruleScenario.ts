import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ruleGroups } from '../../../dashboards/rules/rulesFile.ts';
import { findPrometheus } from '../telemetry/monitoringPrograms.ts';

/** Values in the notation of promtool: `0+10x60` starts at 0 and increases sixty times by 10. */
export type Series = Readonly<Record<string, string>>;

export interface Scenario {
  readonly series: Series;
  /** The complete list of firing alerts at each time, sorted by name. */
  readonly firing: Readonly<Record<string, readonly string[]>>;
  /** The sample interval. @default 1m */
  readonly interval?: '1m' | '10m';
}

const RULES = fileURLToPath(new URL('../../../dashboards/prometheus/rules.yaml', import.meta.url));

/** Runs a scenario in promtool. Returns its output if the result differs, and '' otherwise. */
export function runRuleScenario({ series, firing, interval = '1m' }: Scenario): string {
  const test = {
    rule_files: [RULES],
    evaluation_interval: interval,
    group_eval_order: ruleGroups().map(({ name }) => name),
    tests: [
      {
        interval,
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: Object.entries(firing).map(([at, names]) => ({
          expr: 'count by (alertname) (ALERTS{alertstate="firing"}) > bool 0',
          eval_time: at,
          exp_samples: names.map((alertname) => ({
            labels: `{alertname="${alertname}"}`,
            value: 1,
          })),
        })),
      },
    ],
  };
  return runTest(test);
}

function runTest(test: object): string {
  const directory = mkdtempSync(join(tmpdir(), 'asya-rules-'));
  try {
    const file = join(directory, 'test.yaml');
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(test));
    const { status, stdout, stderr } = spawnSync(findPrometheus().tool, ['test', 'rules', file], {
      encoding: 'utf8',
    });
    return status === 0 ? '' : `${stdout}${stderr}`;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * The series of a healthy sidecar of the actor `infer`.
 * @param changed series that replace or extend the healthy ones
 */
export function healthyFor(samples: number, changed: Series = {}): Series {
  const on = `1x${samples}`;
  const off = `0x${samples}`;
  const healthy = {
    [inferSeries('build_info', 'version="1"')]: on,
    [inferSeries('ready')]: on,
    [inferSeries('runtime_up')]: on,
    [inferSeries('broker_connected')]: on,
    [inferSeries('broker_blocked')]: off,
    [inferSeries('queue_depth')]: off,
    ...each(['error_end_depth', 'parked_depth'], (depth) => [
      inferSeries(depth, 'queue="error-end"'),
      off,
    ]),
    [inferSeries('concurrency_limit')]: `4x${samples}`,
    [inferSeries('active_messages')]: on,
    ...each(['runtime_absent', 'suspect', 'draining', 'breaker', 'rate_limit'], (reason) => [
      inferSeries('paused', `reason="${reason}"`),
      off,
    ]),
    ...each(['unconfirmed', 'lost', 'unroutable', 'refused'], (reason) => [
      inferSeries('held', `reason="${reason}"`),
      off,
    ]),
    ...each(['runtime_error', 'runtime_timeout'], (reason) => [failedHops(reason), off]),
    ...each(['runtime_error', 'runtime_timeout'], (reason) => [
      inferSeries('retries_spent_total', `reason="${reason}"`),
      off,
    ]),
    [finishedHops()]: `0+600x${samples}`,
    [inferSeries('messages_processed_total', 'status="error"')]: off,
    [inferSeries('messages_processed_total', 'status="given_back"')]: off,
    [bucket('1')]: `0+600x${samples}`,
    [bucket('60')]: `0+600x${samples}`,
    [bucket('120')]: `0+600x${samples}`,
    [bucket('+Inf')]: `0+600x${samples}`,
  };
  return { ...healthy, ...changed };
}

/** The name of a series of infer, unless another actor is given. */
export function inferSeries(
  metric: string,
  labels = '',
  instance = 'a:8080',
  actor = 'infer',
): string {
  const all = [
    'job="asya"',
    `instance="${instance}"`,
    `actor="${actor}"`,
    ...(labels === '' ? [] : [labels]),
  ];
  return `asya_actor_${metric}{${all.join(',')}}`;
}

/** The name of a series of prep, an actor that sends to infer. */
export function prepSeries(metric: string, labels: string): string {
  return inferSeries(metric, labels, 'prep:8080', 'prep');
}

/** Repeats values. */
export function repeated(values: string, times: number): string {
  return Array.from({ length: times }, () => values).join(' ');
}

export function finishedHops(): string {
  return inferSeries('messages_processed_total', 'status="success"');
}

export function failedHops(reason: string): string {
  return inferSeries('messages_failed_total', `reason="${reason}"`);
}

export function bucket(le: string): string {
  return inferSeries('processing_duration_seconds_bucket', `le="${le}"`);
}

function each(values: readonly string[], series: (value: string) => [string, string]): Series {
  return Object.fromEntries(values.map(series));
}
