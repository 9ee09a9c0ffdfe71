import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runBin, startSidecarProcess } from '../../kit/processes/sidecarProcess.ts';
import { freePorts } from '../../kit/processes/ports.ts';
import { until } from '../../kit/processes/until.ts';
import { findPrometheus } from '../../kit/telemetry/monitoringPrograms.ts';
import { startPrometheus, type PrometheusProcess } from '../../kit/telemetry/prometheusServer.ts';

/** Settings and receivers that Prometheus has since version 3. */
const { server, tool, skip } = findPrometheus();

/** The settings of a scrape that choose another format or treat it differently. */
const SCRAPES: Readonly<Record<string, object>> = {
  default: {},
  text: { scrape_protocols: ['PrometheusText0.0.4'] },
  text1: { scrape_protocols: ['PrometheusText1.0.0'] },
  openMetrics0: { scrape_protocols: ['OpenMetricsText0.0.1'] },
  openMetrics1: { scrape_protocols: ['OpenMetricsText1.0.0'] },
  protobuf: { scrape_protocols: ['PrometheusProto'] },
  legacyNames: {
    metric_name_validation_scheme: 'legacy',
    metric_name_escaping_scheme: 'underscores',
  },
};

function configuration(target: string): string {
  const scrape_configs = Object.entries(SCRAPES).map(([job_name, settings]) => ({
    job_name,
    scrape_interval: '1s',
    static_configs: [{ targets: [target] }],
    ...settings,
  }));
  return JSON.stringify({ scrape_configs }); // JSON is YAML
}

function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'asya-prometheus-'));
}

/** Returns the reason why a Prometheus before version 3 cannot run a test. */
function skipBefore3(): string | false {
  if (skip !== false) return skip;
  const folder = temporaryFolder();
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, configuration('127.0.0.1:9'));
  const { status } = spawnSync(tool, ['check', 'config', file]);
  rmSync(folder, { recursive: true });
  return status === 0 ? false : `${server} is older than Prometheus 3`;
}

/** Returns the reason why a Prometheus without an OTLP receiver cannot run a test. */
function skipWithoutReceiver(): string | false {
  if (skip !== false) return skip;
  const { stdout, stderr } = spawnSync(server, ['--help'], { encoding: 'utf8' });
  return `${stdout}${stderr}`.includes(RECEIVER) ? false : `${server} has no OTLP receiver`;
}

const RECEIVER = 'web.enable-otlp-receiver';

interface Rig {
  readonly prometheus: PrometheusProcess;
  /** Returns the names of the sidecar's metrics by job. */
  names(this: void): Promise<Map<string, string[]>>;
}

/** Starts a Prometheus, and a sidecar that it scrapes. */
async function openRig(
  t: TestContext,
  flags: readonly string[],
  settings: (prometheus: PrometheusProcess) => Readonly<Record<string, string>>,
): Promise<Rig> {
  const closers: (() => unknown)[] = [];
  t.after(async () => {
    for (const close of closers.toReversed()) await close();
  });
  const folder = temporaryFolder();
  closers.push(() => rmSync(folder, { recursive: true }));
  const [port] = await freePorts(1);
  writeFileSync(join(folder, 'prometheus.yml'), configuration(`127.0.0.1:${port}`));
  const prometheus = await startPrometheus(folder, flags);
  closers.push(() => prometheus.close());
  const queues = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: join(folder, 'queues.db') };
  const sidecar = await startSidecarProcess({
    ...queues,
    ASYA_ACTOR_NAME: 'happy-end',
    ASYA_RUNTIME_PROTOCOL: 'none',
    ASYA_METRICS_ADDR: `127.0.0.1:${port}`,
    ASYA_LOG_FORMAT: 'json',
    ...settings(prometheus),
  });
  closers.push(() => sidecar.close());
  const { code } = await runBin(['send', '--route', 'happy-end', '-'], queues, '{}');
  assert.equal(code, 0);
  return { prometheus, names: () => readNames(prometheus) };
}

async function readNames({ url }: PrometheusProcess): Promise<Map<string, string[]>> {
  const query = encodeURIComponent('count by (job, __name__) ({__name__=~"asya_actor_.+"})');
  const response = await fetch(`${url}/api/v1/query?query=${query}`);
  const { data } = (await response.json()) as {
    data: { result: { metric: Record<string, string> }[] };
  };
  const byJob = Map.groupBy(data.result, ({ metric }) => metric['job'] ?? '');
  return new Map(
    [...byJob].map(([job, series]) => [
      job,
      series.map(({ metric }) => metric['__name__'] ?? '').toSorted(),
    ]),
  );
}

/** The job of pushed metrics: the namespace and the name of the service. */
const PUSHED = 'asya/happy-end';

/** Returns the names of the metrics of a job, once they include those of a hop. */
async function namesAfterHop({ names }: Rig, job: string): Promise<string[]> {
  const read = async (): Promise<string[]> => (await names()).get(job) ?? [];
  await until(async () => (await read()).includes(OF_HOP), `metrics of job ${job}`);
  return read();
}

const OF_HOP = 'asya_actor_processing_duration_seconds_bucket';

test(
  'Prometheus 3 stores the same metrics in each format that it may ask for',
  { skip: skipBefore3() },
  async (t) => {
    const rig = await openRig(t, [], () => ({}));
    const expected = await namesAfterHop(rig, 'default');
    for (const job of Object.keys(SCRAPES))
      assert.deepEqual(await namesAfterHop(rig, job), expected);
  },
);

test(
  'the OTLP receiver of Prometheus 3 stores pushed metrics under the names of a scrape',
  { skip: skipBefore3() || skipWithoutReceiver() },
  async (t) => {
    const rig = await openRig(t, [`--${RECEIVER}`], ({ url }) => ({
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${url}/api/v1/otlp/v1/metrics`,
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
    }));
    const expected = await namesAfterHop(rig, 'default');
    assert.deepEqual(await namesAfterHop(rig, PUSHED), expected);
  },
);
