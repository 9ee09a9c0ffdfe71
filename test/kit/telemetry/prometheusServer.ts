import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { killOnExit } from '../processes/killOnExit.ts';
import { freePorts } from '../processes/ports.ts';
import { until } from '../processes/until.ts';

/** A real Prometheus that scrapes once a second. */
export interface PrometheusServer {
  /**
   * Every series that a query has over a time, with a value for each step. @param stepS a second,
   * if not given
   */
  range(query: string, fromS: number, toS: number, stepS?: number): Promise<TimeSeries[]>;
  /** Whether a query has any series now. */
  shows(query: string): Promise<boolean>;
  /** The rules it evaluates, with how that went. */
  rules(): Promise<RuleState[]>;
  /** The exemplars of a metric, as the ids of their traces. */
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
  /** Where its configuration and data are kept. */
  readonly folder: string;
  /** `host:port` of each process that it scrapes. */
  readonly targets: readonly string[];
  readonly rulesFile: string;
}

export async function openPrometheus({
  folder,
  targets,
  rulesFile,
}: PrometheusOptions): Promise<PrometheusServer> {
  await configure(folder, targets, rulesFile);
  const { url, close } = await startPrometheus(folder);

  async function ask(
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
      const { result } = (await ask('query_range', { query, start, end, step })) as RangeResult;
      return result.map(({ metric, values }) => ({
        metric,
        points: values.map(([timeS, value]) => [timeS, Number(value)]),
      }));
    },
    async shows(query) {
      const { result } = (await ask('query', { query })) as { result: unknown[] };
      return result.length > 0;
    },
    async rules() {
      const { groups } = (await ask('rules', {})) as { groups: { rules: RuleState[] }[] };
      return groups.flatMap(({ rules }) => rules);
    },
    async exemplars(query, start, end) {
      const series = (await ask('query_exemplars', { query, start, end })) as Exemplars;
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
 * Starts a Prometheus with the `prometheus.yml` of a folder; resolves when it is ready. The format
 * of its log, which differs between Prometheus 2 and 3, does not matter.
 */
export async function startPrometheus(folder: string): Promise<PrometheusProcess> {
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
      '--log.level=error',
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

async function configure(
  folder: string,
  targets: readonly string[],
  rulesFile: string,
): Promise<void> {
  // In a run of a minute, groups that are evaluated once in minutes say nothing, and two minutes
  // are two seconds.
  const rules = (await readFile(rulesFile, 'utf8'))
    .replaceAll(/^ +interval: .*\n/gm, '')
    .replaceAll('[2m]', '[2s]');
  await writeFile(join(folder, 'rules.yaml'), rules);
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yaml'],
    scrape_configs: [{ job_name: 'asya', static_configs: [{ targets }] }],
  };
  await writeFile(join(folder, 'prometheus.yml'), stringify(config));
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/-/ready`).catch(() => undefined); // it does not listen yet
  return response?.ok ?? false;
}
