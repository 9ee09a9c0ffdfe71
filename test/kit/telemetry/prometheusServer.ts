import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { killOnExit } from '../processes/killOnExit.ts';
import { freePorts } from '../processes/ports.ts';
import { until } from '../processes/until.ts';
import { findPrometheus } from './monitoringPrograms.ts';

/** A real Prometheus that scrapes once a second. */
export interface PrometheusServer {
  /**
   * Evaluates a query over a range of time.
   * @param stepS the resolution in seconds. @default 1
   */
  range(query: string, fromS: number, toS: number, stepS?: number): Promise<TimeSeries[]>;
  /** Whether a query returns a series now. */
  shows(query: string): Promise<boolean>;
  /** Returns the rules with the state of their last evaluation. */
  rules(): Promise<RuleState[]>;
  /** Returns the trace ids of a metric's exemplars. */
  exemplars(selector: string, fromS: number, toS: number): Promise<string[]>;
  close(): Promise<void>;
}

export interface TimeSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [timeS: number, value: number])[];
}

export interface RuleState {
  readonly name: string;
  readonly query: string;
  readonly health: string;
  readonly lastError?: string;
}

export interface PrometheusOptions {
  /** The folder of its configuration and data. */
  readonly folder: string;
  /** `host:port` of each scraped process. */
  readonly targets: readonly string[];
  readonly rulesFile: string;
  /** The labels of the targets, such as the namespace that a PodMonitor adds. */
  readonly labels?: Readonly<Record<string, string>>;
  /** `host:port` of an Alertmanager. Alerts then fire after a second. */
  readonly alertmanager?: string;
}

export async function openPrometheus(options: PrometheusOptions): Promise<PrometheusServer> {
  await configure(options);
  const { url, close } = await startPrometheus(options.folder);

  async function fetchApi(
    path: string,
    values: Readonly<Record<string, string | number>>,
  ): Promise<unknown> {
    const search = new URLSearchParams(
      Object.entries(values).map(([key, value]): [string, string] => [key, String(value)]),
    );
    const response = await fetch(`${url}/api/v1/${path}?${search.toString()}`);
    const answer = (await response.json()) as { data: unknown; error?: string };
    if (!response.ok) throw new Error(`${answer.error}: ${JSON.stringify(values)}`);
    return answer.data;
  }

  return {
    async range(query, start, end, step = 1) {
      const { result } = (await fetchApi('query_range', {
        query,
        start,
        end,
        step,
      })) as RangeResult;
      return result.map(({ metric, values }) => ({
        metric,
        points: values.map(([timeS, value]) => [timeS, Number(value)]),
      }));
    },
    async shows(query) {
      const { result } = (await fetchApi('query', { query })) as { result: unknown[] };
      return result.length > 0;
    },
    async rules() {
      const { groups } = (await fetchApi('rules', {})) as { groups: { rules: RuleState[] }[] };
      return groups.flatMap(({ rules }) => rules);
    },
    async exemplars(query, start, end) {
      const series = (await fetchApi('query_exemplars', { query, start, end })) as Exemplars;
      return series.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id));
    },
    close,
  };
}

export interface PrometheusProcess {
  readonly url: string;
  close(this: void): Promise<void>;
}

/**
 * Starts a Prometheus with the `prometheus.yml` of a folder; resolves when it is ready. Does not
 * read its log, whose format differs between Prometheus 2 and 3.
 * @param flags more command-line flags
 */
export async function startPrometheus(
  folder: string,
  flags: readonly string[] = [],
): Promise<PrometheusProcess> {
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    findPrometheus().server,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
      '--log.level=error',
      ...flags,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  killOnExit(child);
  const ended = once(child, 'exit');
  await until(() => isReady(url), 'Prometheus', 20_000);
  return {
    url,
    close: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

interface RangeResult {
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>;
    readonly values: readonly (readonly [number, string])[];
  }[];
}

type Exemplars = readonly {
  readonly exemplars: readonly { readonly labels: { trace_id: string } }[];
}[];

async function configure({
  folder,
  targets,
  rulesFile,
  labels = {},
  alertmanager,
}: PrometheusOptions): Promise<void> {
  // A run lasts a minute: all groups are evaluated every second, and windows of 2 min become 2 s.
  const rules = (await readFile(rulesFile, 'utf8'))
    .replaceAll(/^ +interval: .*\n/gm, '')
    .replaceAll('[2m]', '[2s]')
    .replaceAll(/^( +for:) .*$/gm, alertmanager === undefined ? '$&' : '$1 1s');
  await writeFile(join(folder, 'rules.yaml'), rules);
  const targetsOf = (address: string | undefined): object[] =>
    address === undefined ? [] : [{ static_configs: [{ targets: [address] }] }];
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yaml'],
    alerting: { alertmanagers: targetsOf(alertmanager) },
    scrape_configs: [{ job_name: 'asya', static_configs: [{ targets, labels }] }],
  };
  await writeFile(join(folder, 'prometheus.yml'), stringify(config));
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/-/ready`).catch(() => undefined); // not listening yet
  return response?.ok ?? false;
}
