import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openPipeline, type Pipeline } from '../chaos/pipeline.ts';
import { untilStarted } from '../chaos/processFaults.ts';

export type Version = 'earlier' | 'current';

export const VERSIONS = ['earlier', 'current'] as const satisfies readonly Version[];

export type Actor = 'prep' | 'split' | 'infer' | 'happy-end' | 'error-end';

/** The versions whose sidecars run, by actor; an absent actor has no sidecar. */
export type Deployment = Readonly<Partial<Record<Actor, readonly Version[]>>>;

/** Two pipelines on the same queues, one of the earlier and one of the current version. */
export interface Fleet {
  readonly pipelines: Readonly<Record<Version, Pipeline>>;
  /** Starts and stops sidecars as the deployment requires. Resolves when all have started. */
  deploy(deployment: Deployment): Promise<void>;
  /** The sidecars that did not exit with 0 after SIGTERM: `<version> <actor>: <exit code>`. */
  readonly badExits: readonly string[];
  close(): Promise<void>;
}

export interface FleetOptions {
  readonly folder: string;
  readonly programs: Readonly<Record<Version, string>>;
  readonly env: Readonly<Record<string, string>>;
}

export async function openFleet({ folder, programs, env }: FleetOptions): Promise<Fleet> {
  const open = async (version: Version): Promise<Pipeline> => {
    await mkdir(join(folder, version));
    return openPipeline({ folder: join(folder, version), program: programs[version], env });
  };
  const pipelines = { earlier: await open('earlier'), current: await open('current') };
  const running = new Set(VERSIONS.flatMap((version) => podsOf(version)));
  const badExits: string[] = [];

  function podsOf(version: Version): string[] {
    return [...pipelines[version].sidecars.keys()].map((actor) => `${version} ${actor}`);
  }

  async function stop(version: Version, actor: string): Promise<void> {
    if (!running.delete(`${version} ${actor}`)) return;
    await untilStarted(pipelines[version], actor);
    const code = await pipelines[version].sidecars.get(actor)?.stop();
    if (code !== 0) badExits.push(`${version} ${actor}: ${code}`);
  }

  async function start(version: Version, actor: string): Promise<void> {
    const pod = `${version} ${actor}`;
    if (!running.has(pod)) pipelines[version].sidecars.get(actor)?.start();
    running.add(pod);
    await untilStarted(pipelines[version], actor);
  }

  async function deploy(deployment: Deployment): Promise<void> {
    const wanted: ReadonlyMap<string, readonly Version[]> = new Map(Object.entries(deployment));
    const changes = VERSIONS.flatMap((version) =>
      [...pipelines[version].sidecars.keys()].map((actor) =>
        wanted.get(actor)?.includes(version) ? start(version, actor) : stop(version, actor),
      ),
    );
    await Promise.all(changes);
  }

  return {
    pipelines,
    deploy,
    badExits,
    close: async () => {
      for (const version of VERSIONS) await pipelines[version].close();
    },
  };
}
