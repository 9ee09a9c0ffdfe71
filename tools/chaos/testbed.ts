import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SECOND } from '../../src/units.ts';
import { openCollector, type Collector } from './collector.ts';
import type { FaultyBroker } from './faultyBroker.ts';
import { Load } from './load.ts';
import { openPipeline, type Pipeline } from './pipeline.ts';
import { RunLedger } from './runLedger.ts';
import type { Workload } from './workload.ts';

/** A pipeline on a broker with a producer, a telemetry collector and a ledger. */
export interface Testbed {
  readonly broker: FaultyBroker;
  readonly pipeline: Pipeline;
  readonly ledger: RunLedger;
  readonly load: Load;
  readonly collector: Collector;
  close(): Promise<void>;
}

export interface TestbedOptions {
  readonly broker: FaultyBroker;
  readonly seed: number;
  readonly workload: Workload;
  /** Called with the path of the folder when it is kept. */
  readonly log: (text: string) => void;
}

/** The time to shut down after SIGTERM. */
export const SHUTDOWN_MS = 10 * SECOND;
/** The additional time to send telemetry. */
export const FLUSH_MS = 5 * SECOND;

const READ_INTERVAL_MS = 200;

const COMMON_ENV = {
  ASYA_CONCURRENCY: '8',
  ASYA_RETRY_BACKOFF: '200ms,1s',
  // Each kill counts as an attempt.
  ASYA_RETRY_MAX_ATTEMPTS: '50',
  ASYA_SHUTDOWN_TIMEOUT: `${SHUTDOWN_MS}ms`,
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: '0.1',
};

/** Opens a testbed in a temporary folder; `ASYA_CHAOS_KEEP` keeps the folder. */
export async function openTestbed(options: TestbedOptions): Promise<Testbed> {
  const { broker, seed, workload, log } = options;
  const { encode, isExpectedError } = workload;
  const folder = await mkdtemp(join(tmpdir(), 'asya-chaos-'));
  const collector = await openCollector();
  const otlp = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const env = { ...COMMON_ENV, ...workload.env, ...otlp, ...broker.env };
  const pipeline = await openPipeline({ folder, env, workload });
  const ledger = new RunLedger([pipeline.files], isExpectedError);
  const load = Load.start({ transport: broker.transport, ledger, seed, encode });
  const reading = setInterval(() => void ledger.readFiles(), READ_INTERVAL_MS);
  return {
    broker,
    pipeline,
    ledger,
    load,
    collector,
    close: async () => {
      clearInterval(reading);
      await ledger.readFiles();
      await load.close();
      await pipeline.close();
      await collector.stop();
      if (process.env['ASYA_CHAOS_KEEP'] === undefined)
        await rm(folder, { recursive: true, force: true });
      else log(`kept: ${folder}`);
    },
  };
}
