import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openPipeline, type Pipeline, type PipelineOptions } from '../chaos/pipeline.ts';
import { untilStarted } from '../chaos/processFaults.ts';

export type Version = 'earlier' | 'current';

export const VERSIONS = ['earlier', 'current'] as const satisfies readonly Version[];

export type Actor = 'prep' | 'split' | 'infer' | 'happy-end' | 'error-end';

/** The versions whose sidecars run, by actor; an absent actor has no sidecar. */
export type Deployment = Readonly<Partial<Record<Actor, readonly Version[]>>>;

export interface FleetOptions {
  readonly folder: string;
  readonly programs: Readonly<Record<Version, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly workloads: Readonly<Record<Version, PipelineOptions['workload']>>;
}

/** Two pipelines on the same queues, one of the earlier and one of the current version. */
export class Fleet {
  readonly pipelines: Readonly<Record<Version, Pipeline>>;
  /** The pods whose sidecar runs: `<version> <actor>`. */
  readonly #running: Set<string>;
  readonly #badExits: string[] = [];

  private constructor(pipelines: Readonly<Record<Version, Pipeline>>) {
    this.pipelines = pipelines;
    this.#running = new Set(
      VERSIONS.flatMap((version) =>
        [...pipelines[version].sidecars.keys()].map((actor) => `${version} ${actor}`),
      ),
    );
  }

  static async open({ folder, programs, env, workloads }: FleetOptions): Promise<Fleet> {
    const open = async (version: Version): Promise<Pipeline> => {
      await mkdir(join(folder, version));
      return openPipeline({
        folder: join(folder, version),
        program: programs[version],
        env,
        workload: workloads[version],
      });
    };
    return new Fleet({ earlier: await open('earlier'), current: await open('current') });
  }

  /** The sidecars that did not exit with 0 after SIGTERM: `<version> <actor>: <exit code>`. */
  get badExits(): readonly string[] {
    return this.#badExits;
  }

  /** Starts and stops sidecars as the deployment requires. Resolves when all have started. */
  async deploy(deployment: Deployment): Promise<void> {
    const wanted: ReadonlyMap<string, readonly Version[]> = new Map(Object.entries(deployment));
    const changes = VERSIONS.flatMap((version) =>
      [...this.pipelines[version].sidecars.keys()].map((actor) =>
        wanted.get(actor)?.includes(version)
          ? this.#start(version, actor)
          : this.#stop(version, actor),
      ),
    );
    await Promise.all(changes);
  }

  async close(): Promise<void> {
    for (const version of VERSIONS) await this.pipelines[version].close();
  }

  async #start(version: Version, actor: string): Promise<void> {
    const pod = `${version} ${actor}`;
    if (!this.#running.has(pod)) this.pipelines[version].sidecars.get(actor)?.start();
    this.#running.add(pod);
    await untilStarted(this.pipelines[version], actor);
  }

  async #stop(version: Version, actor: string): Promise<void> {
    if (!this.#running.delete(`${version} ${actor}`)) return;
    await untilStarted(this.pipelines[version], actor);
    const code = await this.pipelines[version].sidecars.get(actor)?.stop();
    if (code !== 0) this.#badExits.push(`${version} ${actor}: ${code}`);
  }
}
