import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBooks, type Books } from './books.ts';
import { openCollector, type Collector } from './collector.ts';
import { isWanted, startLoad, type Load } from './load.ts';
import { openPipeline, type Pipeline, type PipelineOptions } from './pipeline.ts';
import type { World } from './world.ts';

/** A pipeline at work in a world: what is sent into it, what comes out, and the books of both. */
export interface Scene {
  readonly world: World;
  readonly pipeline: Pipeline;
  readonly books: Books;
  readonly load: Load;
  readonly collector: Collector;
  close(): Promise<void>;
}

export interface SceneOptions {
  readonly world: World;
  readonly seed: number;
  /** How long a runtime takes for a call, less than so many milliseconds. */
  readonly callMs: number;
  readonly replicas?: PipelineOptions['replicas'];
  readonly say: (text: string) => void;
}

// What is told to stop gets so long, in milliseconds, and the second again to send its telemetry.
export const SHUTDOWN_MS = 10_000;
export const FLUSH_MS = 5_000;

const COMMON = {
  ASYA_CONCURRENCY: '8',
  ASYA_RETRY_BACKOFF: '200ms,1s',
  // A kill counts as an attempt, and there are many.
  ASYA_RETRY_MAX_ATTEMPTS: '50',
  ASYA_SHUTDOWN_TIMEOUT: `${SHUTDOWN_MS}ms`,
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: '0.1',
};

export async function openScene(options: SceneOptions): Promise<Scene> {
  const { world, seed, callMs, replicas = {}, say } = options;
  const folder = await mkdtemp(join(tmpdir(), 'asya-chaos-'));
  const collector = await openCollector();
  const env = { ...COMMON, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...world.env };
  const pipeline = await openPipeline({ folder, env, replicas });
  const books = createBooks([pipeline.files], isWanted);
  const load = startLoad({ transport: world.transport, books, seed, callMs });
  const reading = setInterval(() => void books.read(), 200);
  return {
    world,
    pipeline,
    books,
    load,
    collector,
    close: async () => {
      clearInterval(reading);
      await books.read();
      await load.close();
      await pipeline.close();
      await collector.stop();
      if (process.env['ASYA_CHAOS_KEEP'] === undefined)
        await rm(folder, { recursive: true, force: true });
      else say(`kept: ${folder}`);
    },
  };
}

export function isComplete({ ledger }: Books): boolean {
  const { lost, stuck } = ledger.reconcile();
  return lost.length + stuck.length === 0;
}
